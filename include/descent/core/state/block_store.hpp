// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/block_record.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/state/block_lists.hpp>
#include <descent/core/state/blocks.hpp>
#include <descent/core/tree/paths.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

// The storage of an optimizer's blocks: on the heap, or inside the optimizer if all sizes are known at
// compile time.

namespace descent::detail::inline DESCENT_BUILD {

/// Becomes false when moved from.
class Alive {
 public:
  Alive() = default;
  Alive(const Alive&) = default;
  Alive& operator=(const Alive&) = default;
  Alive(Alive&& other) noexcept : alive_(std::exchange(other.alive_, false)) {}
  Alive& operator=(Alive&& other) noexcept {
    alive_ = std::exchange(other.alive_, false);
    return *this;
  }
  DESCENT_INLINE explicit operator bool() const { return alive_; }

 private:
  bool alive_ = true;
};

/// The sizes that a store needs to allocate its blocks.
template <std::size_t scalars>
struct TreeSize {
  std::array<StateSize, scalars> states{};
  TreeTotals totals;
};

/// What is remembered of each block, on the heap. A std::vector would instantiate six times as many functions.
template <class T>
class OwnedArray {
 public:
  OwnedArray() = default;
  DESCENT_COLD explicit OwnedArray(std::size_t size)
      : values_(size > 0 ? new T[size]() : nullptr), size_(size) {}
  DESCENT_COLD OwnedArray(const OwnedArray& other) : OwnedArray(other.size_) {
    for (std::size_t k = 0; k < size_; ++k) values_[k] = other.values_[k];
  }
  OwnedArray(OwnedArray&& other) noexcept { swap(other); }
  OwnedArray& operator=(OwnedArray&& other) noexcept {
    swap(other);
    return *this;
  }
  DESCENT_COLD ~OwnedArray() { delete[] values_; }

  DESCENT_INLINE T* data() const { return values_; }

 private:
  DESCENT_INLINE void swap(OwnedArray& other) {
    std::swap(values_, other.values_);
    std::swap(size_, other.size_);
  }
  T* values_ = nullptr;
  std::size_t size_ = 0;
};

/// Blocks on the heap.
template <class P, class ScalarList>
class DynamicStore : public HeapTable {
 public:
  using Scalars = ScalarList;
  using View = Blocks<P, Scalars>;
  static constexpr bool is_fixed = false;

  /// Allocates the state, and the sums of several threads if the tree is large.
  void allocate(const TreeSize<View::scalars>& size) {
    allocate_state(size, std::make_index_sequence<View::scalars>());
    allocate_sums(size.totals);
    if constexpr (has_extras<P, Scalars>) extras_ = OwnedArray<BlockExtra<P, Scalars>>(count());
    cache_view();
  }
  const BlockExtra<P, Scalars>& extra(std::size_t k) const { return extras_.data()[k]; }

  DynamicStore() = default;
  DynamicStore(const DynamicStore& other)
      : HeapTable(other), extras_(other.extras_), slots_(other.slots_), masters_(other.masters_) {
    cache_view();
  }
  DynamicStore(DynamicStore&& other) noexcept
      : HeapTable(std::move(other)),
        extras_(std::move(other.extras_)),
        slots_(std::move(other.slots_)),
        masters_(std::move(other.masters_)) {
    cache_view();
    other.cache_view();
  }
  DynamicStore& operator=(DynamicStore&& other) noexcept {
    HeapTable::operator=(std::move(other));
    extras_ = std::move(other.extras_);
    slots_ = std::move(other.slots_);
    masters_ = std::move(other.masters_);
    cache_view();
    other.cache_view();
    return *this;
  }
  ~DynamicStore() = default;

  DESCENT_INLINE const View& view() const { return view_; }
  void set_groups(std::size_t groups) {
    HeapTable::set_groups(groups);
    cache_view();
  }

 private:
  /// Caches the pointers for a step, which would take longer to collect each time.
  DESCENT_COLD void cache_view() { view_ = view_of(std::make_index_sequence<View::scalars>()); }
  template <std::size_t... s>
  View view_of(std::index_sequence<s...>) {
    return {table(), extras_.data(), {get<s>(slots_).data()...}, {masters_[s].data()...}};
  }
  template <std::size_t... s>
  void allocate_state([[maybe_unused]] const TreeSize<View::scalars>& size, std::index_sequence<s...>) {
    (get<s>(slots_).resize(static_cast<Eigen::Index>(size.states[s].slots)), ...);
    (masters_[s].resize(static_cast<Eigen::Index>(size.states[s].masters)), ...);
  }
  template <class List>
  struct SlotsOf;
  template <class... Scalar>
  struct SlotsOf<TypeList<Scalar...>> {
    using type = RuleList<Eigen::Array<StateElement<P, ComputeType<Scalar>>, Eigen::Dynamic, 1>...>;
  };

  OwnedArray<BlockExtra<P, Scalars>> extras_;
  typename SlotsOf<Scalars>::type slots_;
  std::array<Eigen::ArrayXf, View::scalars> masters_;
  View view_{};
};

/// State is aligned like a pack: a store across cache lines would delay the load of the next step.
template <class S, class Element>
constexpr std::size_t slot_alignment() {
  if constexpr (simd::has_packets<S>) return sizeof(Element) * static_cast<std::size_t>(simd::Pack<S>::size);
  return alignof(Element);
}
template <class S, class Element, std::size_t size>
struct FixedSlots {
  Element* data() { return elements.data(); }
  alignas(slot_alignment<S, Element>()) std::array<Element, size> elements{};
};
template <class S, class Element>
struct FixedSlots<S, Element, 0> {
  static constexpr Element* data() { return nullptr; }
};

/// Blocks inside the optimizer.
template <class P, class Parameters, class Sequence>
class FixedStoreOf;
template <class P, class Parameters, class... Type>
class FixedStoreOf<P, Parameters, BlockSequence<Type...>> {
 public:
  using Scalars = ScalarTypes<Parameters&>;
  using View = Blocks<P, Scalars>;
  static constexpr bool is_fixed = true;
  static constexpr std::size_t blocks = sizeof...(Type);

  template <class, class Tree>
  void describe(const Tree& tree) {
    BlockRecord* next = records_.data();
    std::size_t* length = lengths_.data();
    auto add = [&](const BlockRecord& record) { *next++ = record; };
    auto enter = [&](std::size_t size) { *length++ = size; };
    Describe<BlockTypes<Parameters&>, Scalars>::walk(tree, add, enter);
    paths_.remember(tree);
  }
  void allocate(const TreeSize<View::scalars>& size) {
    group_count_ = size.totals.groups;
    chunks_ = size.totals.chunks;
  }

  std::string path(std::size_t k) const { return paths_.path(k); }
  PathSource paths() const {
    return {&paths_, [](const void* paths, std::size_t k) {
              return static_cast<const FixedPaths<Parameters>*>(paths)->path(k);
            }};
  }
  static constexpr std::size_t count() { return blocks; }
  BlockRecord* records() { return records_.data(); }
  const BlockRecord& record(std::size_t k) const { return records_[k]; }
  BlockGroup* groups() { return groups_.data(); }
  void set_groups(std::size_t count) { group_count_ = count; }
  const BlockExtra<P, Scalars>& extra(std::size_t k) const { return extras_[k]; }
  std::uint32_t* order() { return order_.data(); }

  /// The state of each element type.
  DESCENT_INLINE std::array<void*, View::scalars> slots() {
    return slots_of(std::make_index_sequence<View::scalars>());
  }
  DESCENT_INLINE View view() { return view_of(std::make_index_sequence<View::scalars>()); }
  DESCENT_INLINE BlockList list() { return {records_.data(), layouts_.data(), lengths_.data()}; }

 private:
  template <std::size_t... s>
  DESCENT_INLINE View view_of(std::index_sequence<s...>) {
    const BlockTable table{records_.data(), layouts_.data(), blocks, groups_.data(),
                           group_count_,    nullptr,         0,      chunks_};  // never split
    return {table, extras_.data(), {get<s>(slots_).data()...}, {get<s>(masters_).data()...}};
  }
  template <std::size_t... s>
  DESCENT_INLINE std::array<void*, View::scalars> slots_of(std::index_sequence<s...>) {
    return {get<s>(slots_).data()...};
  }
  template <class Scalar>
  static constexpr std::size_t slots_size() {
    constexpr std::size_t most = most_slots<P>(typename P::AllVariants{});
    return ((std::is_same_v<Scalar, typename Type::Scalar>
                 ? padded_size<ComputeType<Scalar>>(static_cast<std::size_t>(Type::size)) * most
                 : 0) +
            ... + 0);
  }
  template <class Scalar>
  static constexpr std::size_t masters_size() {
    return is_narrow<Scalar>
               ? ((std::is_same_v<Scalar, typename Type::Scalar> ? static_cast<std::size_t>(Type::size) : 0) +
                  ... + 0)
               : 0;
  }
  template <class List>
  struct ArraysOf;
  template <class... Scalar>
  struct ArraysOf<TypeList<Scalar...>> {
    using Slots = RuleList<
        FixedSlots<ComputeType<Scalar>, StateElement<P, ComputeType<Scalar>>, slots_size<Scalar>()>...>;
    using Masters = RuleList<FixedSlots<float, float, masters_size<Scalar>()>...>;
  };

  std::array<BlockRecord, blocks> records_;
  std::array<BlockLayout, blocks> layouts_;
  std::array<std::size_t, range_count<Parameters&>()> lengths_;
  std::array<BlockGroup, blocks> groups_;
  std::size_t group_count_ = 0, chunks_ = 0;
  std::array<std::uint32_t, blocks> order_;
  std::array<BlockExtra<P, Scalars>, has_extras<P, Scalars> ? blocks : 0> extras_;
  [[no_unique_address]] FixedPaths<Parameters> paths_;
  [[no_unique_address]] typename ArraysOf<Scalars>::Slots slots_;
  [[no_unique_address]] typename ArraysOf<Scalars>::Masters masters_;
};

template <class P, class Parameters>
constexpr auto block_store() {
  if constexpr (is_fixed_tree<Parameters&>()) {
    return std::type_identity<FixedStoreOf<P, Parameters, BlocksOf<Parameters&>>>{};
  } else {
    return std::type_identity<DynamicStore<P, ScalarTypes<Parameters&>>>{};
  }
}
/// The storage of a tree's blocks.
template <class P, class Parameters>
using BlockStore = typename decltype(block_store<P, Parameters>())::type;

}  // namespace descent::detail::inline DESCENT_BUILD
