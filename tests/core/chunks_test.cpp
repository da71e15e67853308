// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/memory/block_record.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

using namespace descent::detail;

namespace {

/// The chunks of blocks of these numbers of elements.
std::vector<ChunkRange> chunks_of(const std::vector<std::size_t>& sizes) {
  ChunkCounter counter;
  std::vector<ChunkRange> ranges;
  for (const std::size_t size : sizes) ranges.push_back(counter.next(size));
  return ranges;
}

}  // namespace

TEST_CASE("a block is cut into chunks of 4096 elements, the last of which may be smaller") {
  CHECK(chunks_in(0) == 1);
  CHECK(chunks_in(1) == 1);
  CHECK(chunks_in(4096) == 1);
  CHECK(chunks_in(4097) == 2);
  CHECK(chunks_in(3 * 4096) == 3);
}

TEST_CASE("small blocks share a chunk until it is full, a large block has chunks of its own") {
  const auto ranges = chunks_of({4000, 90, 6, 1, 0, 5000, 8192, 4096, 1});
  const std::vector<std::size_t> first = {0, 0, 0, 1, 1, 2, 4, 6, 7};
  const std::vector<std::size_t> count = {1, 1, 1, 1, 1, 2, 2, 1, 1};
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    CAPTURE(k);
    CHECK(ranges[k].first == first[k]);
    CHECK(ranges[k].count == count[k]);
    CHECK(ranges[k].end() == first[k] + count[k]);
  }
}

TEST_CASE("the counter counts the chunks of all blocks so far") {
  ChunkCounter counter;
  CHECK(counter.count() == 0);
  counter.next(0);
  CHECK(counter.count() == 0);
  counter.next(10);
  CHECK(counter.count() == 1);
  counter.next(4086);
  CHECK(counter.count() == 1);
  counter.next(1);
  CHECK(counter.count() == 2);
  counter.next(2 * 4096 + 1);
  CHECK(counter.count() == 5);
}

TEST_CASE("elements of a block in a range of chunks: those in common, and none if there are none") {
  const ChunkRange block{2, 3};  // 10000 elements: 4096, 4096, 1808
  const auto common = [&](std::size_t first, std::size_t count) {
    return elements_in(block, 10000, {first, count});
  };
  CHECK((common(0, 10).first == 0 && common(0, 10).last == 10000));
  CHECK((common(3, 1).first == 4096 && common(3, 1).last == 8192));
  CHECK((common(4, 7).first == 8192 && common(4, 7).last == 10000));
  CHECK((common(1, 2).first == 0 && common(1, 2).last == 4096));
  for (const std::size_t first : {0U, 1U, 5U, 6U}) CHECK(common(first, 1).first == common(first, 1).last);
}

TEST_CASE("the shares of the threads follow one another, and differ by one chunk at most") {
  for (const std::size_t chunks : {0U, 1U, 2U, 7U, 64U, 1000U}) {
    for (const int parts : {1, 2, 3, 7, 16}) {
      std::size_t next = 0, least = chunks, most = 0;
      for (int part = 0; part < parts; ++part) {
        const ChunkRange share = chunks_of_part(chunks, part, parts);
        CHECK(share.first == next);
        next = share.end();
        least = std::min(least, share.count);
        most = std::max(most, share.count);
      }
      CHECK(next == chunks);
      CHECK(most - least <= 1);
    }
  }
}
