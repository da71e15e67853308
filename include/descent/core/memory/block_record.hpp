// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/block_types.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

// Prefetching before a pass. The processor prefetches by itself, but not across pages, and not far ahead if
// formulas keep it busy. Prefetching a page ahead saves Adam a tenth of the time from main memory, a pass
// that only reads a third; it costs time if the data is in the caches.

namespace descent::detail::inline DESCENT_BUILD {

/// The prefetch distance in elements: one page.
template <class S>
inline constexpr std::size_t prefetch_distance = 4096 / sizeof(S);

/// Blocks of at least this many elements do not fit the nearer caches.
inline constexpr std::size_t smallest_prefetched = std::size_t{1} << 16;

/// Elements prefetched at once.
inline constexpr std::size_t prefetched_together = 32;

/// Whether prefetching helps on this processor. Intel's gain up to a tenth; the hardware of AMD's prefetches
/// far enough by itself, and prefetching in software costs up to a third.
inline bool prefetching_helps() {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  return __builtin_cpu_is("intel") != 0;
#else
  return false;
#endif
}

/// How to walk a run of `count` elements: in tiles with a prefetch before each, or as one.
struct PrefetchedWalk {
  std::size_t tile, last;  // the element from which on there is nothing left to prefetch

  static DESCENT_INLINE PrefetchedWalk over(std::size_t count, bool prefetches) {
    if (!prefetches) return {count, 0};
    return {prefetched_together, count};
  }
};

/// Prefetches `count` elements for reading. Also for elements that will be written: prefetching for writing
/// was slower.
template <std::size_t count, class Element>
DESCENT_INLINE void prefetch([[maybe_unused]] const Element* from) {
#if defined(__GNUC__)
  constexpr std::size_t line = sizeof(Element) < 64 ? 64 / sizeof(Element) : 1;
#pragma GCC unroll 16
  for (std::size_t k = 0; k < count; k += line) __builtin_prefetch(from + k);
#endif
}

// The blocks of a tree as a flat list.
//
// Their elements are counted in chunks of at most 4096. Measurements are folded by chunk, and threads share the
// work by chunk. Small blocks share a chunk; a large block has its own. The chunks follow from the shapes
// alone, so that neither sums nor steps depend on the number of threads.

inline constexpr std::size_t chunk_size = 4096;

/// The chunks `first`, ..., `first + count - 1`.
struct ChunkRange {
  std::size_t first, count;
  std::size_t end() const { return first + count; }
};

/// The number of chunks of a block that shares none.
constexpr std::size_t chunks_in(std::size_t elements) {
  return elements <= chunk_size ? 1 : (elements + chunk_size - 1) / chunk_size;
}

/// Numbers the chunks of consecutive blocks.
class ChunkCounter {
 public:
  /// The chunks of the next block, which has `elements` elements.
  DESCENT_INLINE ChunkRange next(std::size_t elements) {
    if (elements > chunk_size || filled_ + elements > chunk_size) close();
    const ChunkRange range{open_, chunks_in(elements)};
    filled_ += elements;
    open_ += range.count - 1;
    if (elements > chunk_size) close();
    return range;
  }
  /// The number of chunks of all blocks so far.
  std::size_t count() const { return filled_ > 0 ? open_ + 1 : open_; }

 private:
  DESCENT_INLINE void close() {
    if (filled_ > 0) ++open_;
    filled_ = 0;
  }

  std::size_t open_ = 0, filled_ = 0;
};

/// Elements first, ..., last - 1 of a block, in storage order; `first` is a multiple of 4096.
struct ElementRange {
  std::size_t first, last;
};

/// The elements of a block that lie in the chunks `asked`.
inline ElementRange elements_in(ChunkRange block, std::size_t elements, ChunkRange asked) {
  const std::size_t begin = std::max(block.first, asked.first), end = std::min(block.end(), asked.end());
  if (begin >= end) return {0, 0};
  return {(begin - block.first) * chunk_size, std::min(elements, (end - block.first) * chunk_size)};
}

/// The chunks of one of `parts` parts.
inline ChunkRange chunks_of_part(std::size_t chunks, int part, int parts) {
  const auto share = [&](int p) {
    return chunks * static_cast<std::size_t>(p) / static_cast<std::size_t>(parts);
  };
  return {share(part), share(part + 1) - share(part)};
}

// A record holds pointers and numbers. Code that works on the list does not depend on the tree's type.

/// The memory layout of a block and of its gradient.
enum class Layout : std::uint8_t {
  contiguous,  // both contiguous, in the same order
  strided,     // any other layout with all elements
  sparse       // the gradient has some of the elements
};

/// One block, in one cache line. A step writes the two pointers, the layout and `absent`; the rest is fixed
/// at construction, except the variant, which set_rule may change.
struct alignas(64) BlockRecord {
  void* parameters = nullptr;
  const void* gradient = nullptr;  // the first element, or the object itself if it is read through a function
  Layout layout = Layout::contiguous;
  std::uint8_t variant = 0;  // the plan's variant that the block follows
  std::uint8_t scalar = 0;   // index of its element type among those of the tree
  std::uint8_t kind = 0;     // index of its block type among those of the tree
  bool row_major = false, is_vector = false, absent = false;
  bool narrow = false;            // parameters in half precision
  std::uint32_t first_chunk = 0;  // index among the chunks of the tree
  std::uint32_t first_sums = 0;   // index among the chunks of all blocks, if no two blocks shared one
  Eigen::Index rows = 0, columns = 0;
  std::size_t state = 0;  // offset of its first slot in the state of its element type
  std::size_t size = 0;

  std::size_t inner_size() const { return static_cast<std::size_t>(row_major ? columns : rows); }
  std::size_t outer_size() const { return static_cast<std::size_t>(row_major ? rows : columns); }
  /// The chunks of the tree that hold its elements.
  ChunkRange chunks() const { return {first_chunk, chunks_in(size)}; }
};

/// Reads elements first, ..., first + count - 1 of a gradient, in the storage order of the parameters, in the
/// type that rules compute in.
using ReadElements = void (*)(const void* gradient, bool row_major, std::size_t first, std::size_t count,
                              void* tile);
/// Passes the elements of a sparse gradient to a SparseSink, in runs of neighbours.
using ReadSparse = void (*)(const void* gradient, bool row_major, std::size_t inner_size, const void* sink);

/// Strides of a block; used only if its layout is not contiguous.
struct BlockLayout {
  Eigen::Index inner = 1, outer = 0;                    // strides, in the storage order of the parameters
  Eigen::Index gradient_inner = 1, gradient_outer = 0;  // strides of the gradient, in the same order
  ReadElements read = nullptr;                          // set if the gradient is not read by its strides
  ReadSparse read_sparse = nullptr;
  std::size_t masters = 0;         // offset of its masters, for parameters in half precision
  std::uint8_t state_variant = 0;  // the variant for which it has state: its own, unless it is frozen
};

/// The first error found in a tree of a step.
enum class Fault : std::uint8_t { none, lengths, shape, values_of_rows, row_range, row_order, overlap };
struct Mismatch {
  Fault fault = Fault::none;
  std::size_t block = static_cast<std::size_t>(-1);
  Eigen::Index rows = 0, columns = 0;  // the shape found
  Eigen::Index listed = 0;             // number of rows that a gradient of rows lists, or the wrong row
  Eigen::Index before = 0;             // the row before the wrong one
};

/// Consecutive blocks of the same variant and element type.
struct BlockGroup {
  std::uint32_t first, last;
  std::uint8_t variant, scalar;
};

/// What the blocks of a tree have together.
struct TreeTotals {
  std::size_t groups = 0, elements = 0, chunks = 0, sums = 0;
  bool small = true;  // whether one thread steps all blocks, and none is large enough for prefetching
};

/// The list of blocks of an optimizer.
struct BlockTable {
  BlockRecord* records;
  BlockLayout* layouts;
  std::size_t count;
  const BlockGroup* groups;
  std::size_t group_count;
  double* sums;  // for measurements by several threads
  std::size_t elements, chunks;
};

/// The part of the tree that one thread walks.
struct Share {
  ChunkRange chunks{0, 0};
  bool all = true;
};

// Describes the blocks of a tree at construction: what a record stores of each.

/// Describes blocks whose types are in the lists.
template <class Types, class Scalars>
struct Describe {
  template <class B>
  static BlockRecord record_of(const B& block) {
    constexpr std::size_t kind = place_in<BlockTypeOf<B>, Types>,
                          scalar = place_in<typename B::Scalar, Scalars>;
    BlockRecord record;
    record.rows = block.rows();
    record.columns = block.cols();
    record.size = static_cast<std::size_t>(block.size());
    record.is_vector = B::IsVectorAtCompileTime != 0;
    record.row_major = static_cast<bool>(B::IsRowMajor);
    record.narrow = is_narrow<typename B::Scalar>;
    record.kind = static_cast<std::uint8_t>(kind);
    record.scalar = static_cast<std::uint8_t>(scalar);
    return record;
  }

  /// Calls add(record) for every block and enter(length) for every array, vector and span, in the tree's
  /// order.
  template <class Tree, class Add, class Enter>
  static void walk(const Tree& tree, Add& add, Enter& enter) {
    constexpr NodeKind kind = kind_of<const Tree>();
    if constexpr (kind == NodeKind::block) {
      add(record_of(tree));
    } else if constexpr (kind == NodeKind::named) {
      walk(tree.tree, add, enter);
    } else if constexpr (kind == NodeKind::range) {
      enter(tree.size());
      for (std::size_t k = 0; k < tree.size(); ++k) walk(tree[k], add, enter);
    } else {
      walk_fields(open(tree), add, enter, std::make_index_sequence<child_count<const Tree>>());
    }
  }

 private:
  template <class Fields, class Add, class Enter, std::size_t... I>
  static void walk_fields(Fields&& fields, [[maybe_unused]] Add& add, [[maybe_unused]] Enter& enter,
                          std::index_sequence<I...>) {
    (walk(get<I>(fields), add, enter), ...);
  }
};

}  // namespace descent::detail::inline DESCENT_BUILD
