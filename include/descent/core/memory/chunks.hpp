// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/simd/build.hpp>

#include <algorithm>
#include <cstddef>

// The elements of a tree in chunks of at most 4096. Measurements are folded by chunk, and threads share the
// work by chunk. Small blocks share a chunk; a large block has its own. The chunks follow from the shapes
// alone, so that neither sums nor steps depend on the number of threads.

namespace descent::detail::inline DESCENT_BUILD {

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

}  // namespace descent::detail::inline DESCENT_BUILD
