// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/binder.hpp>
#include <descent/core/memory/block_record.hpp>
#include <descent/core/plan/plan.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/blocks.hpp>
#include <descent/core/threads.hpp>
#include <descent/core/tree/paths.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>

// The list of blocks on the heap, and the arrangement of blocks in groups, in chunks and in the state of their
// element type.

namespace descent::detail::inline DESCENT_BUILD {

/// The storage of the state of an element type.
struct ScalarInfo {
  std::size_t lanes;  // slots are padded to a multiple of this
  bool narrow;        // whether there are masters
};
template <class... Scalar>
constexpr std::array<ScalarInfo, sizeof...(Scalar)> scalar_infos(TypeList<Scalar...>) {
  return {ScalarInfo{static_cast<std::size_t>(simd::Pack<ComputeType<Scalar>>::size), is_narrow<Scalar>}...};
}

/// The number of state elements and of masters that a tree needs for one element type.
struct StateSize {
  std::size_t slots = 0, masters = 0;
};

/// Groups consecutive blocks of the same variant and element type; returns the number of groups.
DESCENT_COLD inline std::size_t group_blocks(const BlockRecord* records, std::size_t count,
                                             BlockGroup* groups) {
  std::size_t made = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const BlockRecord& record = records[k];
    const auto number = static_cast<std::uint32_t>(k);
    if (made > 0 && groups[made - 1].variant == record.variant && groups[made - 1].scalar == record.scalar) {
      groups[made - 1].last = number + 1;
    } else {
      groups[made++] = {number, number + 1, record.variant, record.scalar};
    }
  }
  return made;
}

/// Places blocks whose variants are chosen; adds the needs of each element type to `states`.
DESCENT_COLD inline TreeTotals arrange_blocks(BlockRecord* records, BlockLayout* layouts, BlockGroup* groups,
                                              std::size_t count, const VariantInfo* variants,
                                              const ScalarInfo* scalars, StateSize* states) {
  TreeTotals totals;
  ChunkCounter chunks;
  for (std::size_t k = 0; k < count; ++k) {
    BlockRecord& record = records[k];
    const VariantInfo& variant = variants[record.variant];
    const ScalarInfo& scalar = scalars[record.scalar];
    StateSize& state = states[record.scalar];
    record.first_chunk = static_cast<std::uint32_t>(chunks.next(record.size).first);
    record.first_sums = static_cast<std::uint32_t>(totals.sums);
    totals.sums += chunks_in(record.size);
    totals.elements += record.size;
    record.state = state.slots;
    layouts[k].masters = state.masters;
    layouts[k].state_variant = record.variant;
    state.slots += (record.size + scalar.lanes - 1) / scalar.lanes * scalar.lanes * variant.slots;
    if (scalar.narrow && !variant.freezes) state.masters += record.size;
  }
  totals.chunks = chunks.count();
  totals.sums = std::max(totals.sums, totals.chunks);
  totals.groups = group_blocks(records, count, groups);
  totals.small = totals.elements < std::min(least_split, smallest_prefetched);
  return totals;
}

/// An array on the heap of values that can be copied as bytes. Compiled once for all types, unlike std::vector, whose
/// members were a quarter of the functions in a program with one optimizer.
class HeapBytes {
 public:
  HeapBytes() = default;
  /// `size` bytes, all 0.
  DESCENT_COLD explicit HeapBytes(std::size_t size) {
    if (size == 0) return;
    data_ = allocate(size);
    size_ = room_ = size;
    std::memset(data_, 0, size);
  }
  DESCENT_COLD HeapBytes(const HeapBytes& other) {
    if (other.size_ > 0) append_bytes(other.data_, other.size_);
  }
  HeapBytes(HeapBytes&& other) noexcept { take(other); }
  HeapBytes& operator=(HeapBytes&& other) noexcept {
    if (this != &other) {
      release(data_);
      take(other);
    }
    return *this;
  }
  ~HeapBytes() { release(data_); }

  template <class T>
  DESCENT_INLINE T* as() const {
    return static_cast<T*>(data_);
  }
  DESCENT_INLINE std::size_t size() const { return size_; }
  template <class T>
  DESCENT_INLINE void append(const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(BlockRecord));
    append_bytes(&value, sizeof(T));
  }

 private:
  static constexpr std::align_val_t alignment{alignof(BlockRecord)};
  static void* allocate(std::size_t size) { return ::operator new(size, alignment); }
  static void release(void* data) { ::operator delete(data, alignment); }

  DESCENT_COLD void append_bytes(const void* bytes, std::size_t count) {
    if (room_ - size_ < count) grow(count);
    std::memcpy(static_cast<char*>(data_) + size_, bytes, count);
    size_ += count;
  }
  DESCENT_COLD void take(HeapBytes& other) noexcept {
    data_ = other.data_;
    size_ = other.size_;
    room_ = other.room_;
    other.data_ = nullptr;
    other.size_ = other.room_ = 0;
  }
  DESCENT_COLD void grow(std::size_t count) {
    const std::size_t room = 2 * room_ + count;
    void* const data = allocate(room);
    if (size_ > 0) std::memcpy(data, data_, size_);
    release(data_);
    data_ = data;
    room_ = room;
  }

  void* data_ = nullptr;
  std::size_t size_ = 0, room_ = 0;
};

/// The list of blocks on the heap.
class HeapTable {
 public:
  template <class Parameters, class Tree>
  DESCENT_COLD void describe(const Tree& tree) {
    auto add = [&](const BlockRecord& record) { add_block(record); };
    auto enter = [&](std::size_t length) { lengths_.append(length); };
    Describe<BlockTypes<Parameters&>, ScalarTypes<Parameters&>>::walk(tree, add, enter);
    auto keep_path = [&](const std::string& path, const auto&) { add_path(path); };
    walk_paths(keep_path, tree, std::string());
    groups_ = HeapBytes(count() * sizeof(BlockGroup));
    order_ = HeapBytes(count() * sizeof(std::uint32_t));
  }
  DESCENT_COLD void allocate_sums(const TreeTotals& totals) {
    if (totals.elements >= least_split) sums_ = HeapBytes(totals.sums * sizeof(double));
    group_count_ = totals.groups;
    elements_ = totals.elements;
    chunks_ = totals.chunks;
  }

  DESCENT_COLD std::string path(std::size_t k) const {
    const std::size_t first = k == 0 ? 0 : path_ends_.as<std::size_t>()[k - 1];
    return {paths_.data() + first, path_ends_.as<std::size_t>()[k] - first};
  }
  PathSource paths() const {
    return {this,
            [](const void* table, std::size_t k) { return static_cast<const HeapTable*>(table)->path(k); }};
  }
  std::size_t count() const { return records_.size() / sizeof(BlockRecord); }
  BlockRecord* records() { return records_.as<BlockRecord>(); }
  const BlockRecord& record(std::size_t k) const { return records_.as<BlockRecord>()[k]; }
  const BlockLayout& layout(std::size_t k) const { return layouts_.as<BlockLayout>()[k]; }
  BlockGroup* groups() { return groups_.as<BlockGroup>(); }
  void set_groups(std::size_t count) { group_count_ = count; }
  std::uint32_t* order() { return order_.as<std::uint32_t>(); }
  DESCENT_INLINE BlockList list() {
    return {records_.as<BlockRecord>(), layouts_.as<BlockLayout>(), lengths_.as<std::size_t>()};
  }
  DESCENT_INLINE BlockTable table() {
    return {records_.as<BlockRecord>(),
            layouts_.as<BlockLayout>(),
            count(),
            groups_.as<BlockGroup>(),
            group_count_,
            sums_.as<double>(),
            elements_,
            chunks_};
  }

 private:
  DESCENT_COLD void add_block(const BlockRecord& record) {
    records_.append(record);
    layouts_.append(BlockLayout{});
  }
  DESCENT_COLD void add_path(const std::string& path) {
    paths_ += path;
    path_ends_.append(paths_.size());
  }

  HeapBytes records_;    // of BlockRecord
  HeapBytes layouts_;    // of BlockLayout
  HeapBytes lengths_;    // of std::size_t
  std::string paths_;    // one after the other
  HeapBytes path_ends_;  // of std::size_t
  HeapBytes groups_;     // of BlockGroup
  HeapBytes order_;      // of std::uint32_t: scratch to sort blocks by address
  HeapBytes sums_;       // of double
  std::size_t group_count_ = 0, elements_ = 0, chunks_ = 0;
};

}  // namespace descent::detail::inline DESCENT_BUILD
