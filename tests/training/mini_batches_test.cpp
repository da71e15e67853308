// SPDX-License-Identifier: MIT
#include <descent/training/problem/mini_batches.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <vector>

using namespace descent;
using namespace training_test;

namespace {

std::vector<Eigen::Index> order_of(const MiniBatches& batches) {
  std::vector<Eigen::Index> order;
  for (const auto samples : batches) order.insert(order.end(), samples.begin(), samples.end());
  return order;
}

}  // namespace

TEST_CASE("mini-batches: every order of three is equally likely") {
  std::array<int, 27> counts{};
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const auto order = order_of(MiniBatches(3, {.seed = seed}));
    ++counts[static_cast<std::size_t>(9 * order[0] + 3 * order[1] + order[2])];
  }
  CHECK(std::count(counts.begin(), counts.end(), 0) == 21);
  for (const int count : counts) CHECK((count == 0 || std::abs(count - 1000) < 120));
}

TEST_CASE("mini-batches: all samples once an epoch, the last batch smaller or dropped") {
  MiniBatches batches(10, {.batch_size = 4, .seed = 3});
  REQUIRE(batches.count() == 3);
  CHECK(batches[0].size() == 4);
  CHECK(batches[2].size() == 2);
  const auto order = order_of(batches);
  CHECK(std::set<Eigen::Index>(order.begin(), order.end()).size() == 10);

  const MiniBatches dropping(10, {.batch_size = 4, .seed = 3, .keep_partial_batch = false});
  CHECK(dropping.count() == 2);
  CHECK(order_of(dropping) == std::vector<Eigen::Index>(order.begin(), order.begin() + 8));

  CHECK(MiniBatches(10, {.batch_size = 64}).count() == 1);
  CHECK(MiniBatches(10, {.batch_size = 64})[0].size() == 10);
  CHECK(MiniBatches(10, {.batch_size = 64, .keep_partial_batch = false}).count() == 0);
  CHECK(MiniBatches(0).count() == 0);
}

TEST_CASE("mini-batches: the order is a function of seed and epoch alone, on every platform") {
  MiniBatches batches(8, {.seed = 42});
  const auto first = order_of(batches);
  CHECK(first == std::vector<Eigen::Index>{3, 6, 0, 7, 1, 2, 5, 4});
  batches.start_epoch(1);
  const auto second = order_of(batches);
  CHECK(second == std::vector<Eigen::Index>{1, 0, 5, 3, 4, 6, 7, 2});
  batches.start_epoch(0);
  CHECK(order_of(batches) == first);

  MiniBatches other(8, {.seed = 43});
  CHECK(order_of(other) != first);
  CHECK(order_of(other) != second);  // the epochs of different seeds are not shifted copies of each other
}

TEST_CASE("mini-batches: without shuffling the samples come as they lie") {
  MiniBatches batches(5, {.batch_size = 2, .shuffle = false});
  batches.start_epoch(7);
  CHECK(order_of(batches) == std::vector<Eigen::Index>{0, 1, 2, 3, 4});
}

TEST_CASE("steps_per_epoch") {
  CHECK(steps_per_epoch(100, 32) == 4);
  CHECK(steps_per_epoch(100, 32, false) == 3);
  CHECK(steps_per_epoch(96, 32) == 3);
  CHECK(steps_per_epoch(0, 32) == 0);
  CHECK(message_of([] { steps_per_epoch(10, 0); }) ==
        "descent: steps_per_epoch: batch_size is 0, must be at least 1 and finite");
  CHECK(message_of([] { steps_per_epoch(-1, 1); }) ==
        "descent: steps_per_epoch: samples is -1, must be at least 0 and finite");
}

TEST_CASE("mini-batches: options out of range are named") {
  CHECK(message_of([] { MiniBatches(10, {.batch_size = 0}); }) ==
        "descent: MiniBatches: batch_size is 0, must be at least 1 and finite");
  CHECK(message_of([] { MiniBatches(-1); }) ==
        "descent: MiniBatches: size is -1, must be at least 0 and finite");
}
