// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/chunks.hpp>
#include <descent/core/simd/build.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>

// The blocks of a tree as a flat list of pointers and numbers. Code that works on the list does not depend on
// the tree's type.

namespace descent::detail::inline DESCENT_BUILD {

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
  bool small;  // whether no block is large enough for prefetching
};

/// What the blocks of a tree have together.
struct TreeTotals {
  std::size_t groups = 0, elements = 0, chunks = 0, sums = 0;
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

}  // namespace descent::detail::inline DESCENT_BUILD
