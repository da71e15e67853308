// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/random.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

using namespace descent::detail;

TEST_CASE("SplitMix64: the published numbers") {
  SplitMix64 generator(1234567);
  CHECK(generator.next() == 6457827717110365317U);
  CHECK(generator.next() == 3203168211198807973U);
  CHECK(generator.next() == 9817491932198370423U);
}

TEST_CASE("SplitMix64: numbers below a bound are equally likely") {
  SplitMix64 generator(1);
  std::array<int, 6> counts{};
  for (int k = 0; k < 60'000; ++k) ++counts[generator.below(6)];
  for (const int count : counts) CHECK(std::abs(count - 10'000) < 400);  // 4 standard deviations
  for (int k = 0; k < 100; ++k) CHECK(generator.below(1) == 0);
}

TEST_CASE("a shuffle keeps the values, and seed and epoch decide their order") {
  const auto shuffled = [](std::uint64_t seed, std::int64_t epoch) {
    std::array<int, 20> values{};
    for (int k = 0; k < 20; ++k) values[static_cast<std::size_t>(k)] = k;
    SplitMix64 generator = generator_of(seed, epoch);
    shuffle(std::span<int>(values), generator);
    return values;
  };
  std::array<int, 20> sorted = shuffled(1, 2);
  CHECK(sorted != shuffled(2, 1));
  CHECK(sorted == shuffled(1, 2));
  CHECK_FALSE(std::is_sorted(sorted.begin(), sorted.end()));
  std::sort(sorted.begin(), sorted.end());
  for (int k = 0; k < 20; ++k) CHECK(sorted[static_cast<std::size_t>(k)] == k);
}
