// SPDX-License-Identifier: MIT
#include <descent/core/saved_state.hpp>
#include <descent/training/adapt/greedy_rate.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

using namespace descent;
using namespace training_test;

namespace {

std::vector<double> factors(GreedyRate greedy, const std::vector<double>& metrics) {
  std::vector<double> result;
  for (const double metric : metrics) result.push_back(greedy.observe(metric));
  return result;
}

}  // namespace

TEST_CASE("greedy rate: up after more than patience gains in a row, down after as many losses") {
  CHECK(factors({.factor = 0.5, .patience = 0}, {5, 4, 3, 4, 5}) == std::vector<double>{2, 4, 8, 4, 2});
  CHECK(factors({.factor = 0.5, .patience = 1}, {5, 4, 3, 2, 3, 3, 3}) ==
        std::vector<double>{1, 2, 2, 4, 4, 2, 2});
  CHECK(factors({.factor = 0.5, .patience = 0, .higher_is_better = true}, {1, 2, 1}) ==
        std::vector<double>{2, 4, 2});
}

TEST_CASE("greedy rate: a gain must beat the best by both thresholds") {
  CHECK(factors({.factor = 0.5, .patience = 0, .absolute_threshold = 1}, {5, 4.5, 3.5}) ==
        std::vector<double>{2, 1, 2});
  CHECK(factors({.factor = 0.5, .patience = 0, .relative_threshold = 0.5}, {5, 3, 2}) ==
        std::vector<double>{2, 1, 2});
}

TEST_CASE("greedy rate: rests after a change, and stays between its limits") {
  CHECK(factors({.factor = 0.5, .patience = 0, .warmup = 1}, {5, 4, 3, 2}) ==
        std::vector<double>{2, 2, 4, 4});
  CHECK(factors({.factor = 0.5, .patience = 0, .cooldown = 2, .warmup = 0}, {5, 6, 6, 6, 6}) ==
        std::vector<double>{2, 1, 1, 1, 0.5});
  CHECK(factors({.factor = 0.5, .patience = 0, .min_factor = 0.75, .max_factor = 1.5}, {5, 4, 5, 5, 5}) ==
        std::vector<double>{1.5, 1.5, 0.75, 0.75, 0.75});
}

TEST_CASE("greedy rate: observes means of the last metrics") {
  // 6, 5, 3, 3.5: the mean of the last two, of one at first.
  CHECK(factors({.factor = 0.5, .patience = 0, .average_over = 2}, {6, 4, 2, 5}) ==
        std::vector<double>{2, 4, 8, 4});
}

TEST_CASE("greedy rate: starts afresh after enough cuts at the minimum") {
  CHECK(factors({.factor = 0.5, .patience = 0, .min_factor = 0.5, .restart_after = 2}, {5, 6, 6, 6, 6}) ==
        std::vector<double>{2, 1, 0.5, 1, 2});
}

TEST_CASE("greedy rate: goes on from a saved state") {
  std::vector<double> metrics;
  for (int k = 0; k < 60; ++k) metrics.push_back(std::sin(0.3 * k) - 0.05 * k);
  const GreedyRate fresh{.factor = 0.8, .patience = 1, .cooldown = 1, .average_over = 3};
  GreedyRate whole = fresh, first = fresh, resumed = fresh;
  for (const double metric : metrics) whole.observe(metric);
  for (std::size_t k = 0; k < 31; ++k) first.observe(metrics[k]);
  restore_state(resumed, saved_state(first));
  for (std::size_t k = 31; k < metrics.size(); ++k) resumed.observe(metrics[k]);
  CHECK(resumed.learning_rate_factor() == whole.learning_rate_factor());
  CHECK(resumed.state.best == whole.state.best);
}

TEST_CASE("greedy rate: what is not finite is refused or ignored; options are named") {
  GreedyRate greedy;
  CHECK(
      message_of([&] { greedy.observe(std::nan("")); }) ==
      "descent: GreedyRate: the metric is nan, must be finite (or set not_finite = NotFiniteMetric::ignore)");
  CHECK(factors({.factor = 0.5, .patience = 0, .not_finite = NotFiniteMetric::ignore},
                {5, std::nan(""), 4}) == std::vector<double>{2, 2, 4});
  auto message = [](GreedyRate bad) { return message_of([&] { bad.observe(1); }); };
  CHECK(message({.factor = 1}) == "descent: GreedyRate: factor is 1, must be in (0, 1)");
  CHECK(message({.factor = 0}) == "descent: GreedyRate: factor is 0, must be in (0, 1)");
  CHECK(message({.patience = -1}) == "descent: GreedyRate: patience is -1, must be at least 0 and finite");
  CHECK(message({.cooldown = -1}) == "descent: GreedyRate: cooldown is -1, must be at least 0 and finite");
  CHECK(message({.warmup = -1}) == "descent: GreedyRate: warmup is -1, must be at least 0 and finite");
  CHECK(message({.min_factor = -1}) ==
        "descent: GreedyRate: min_factor is -1, must be at least 0 and finite");
  CHECK(message({.min_factor = 2, .max_factor = 1}) ==
        "descent: GreedyRate: max_factor is 1, must be at least 2 and finite");
  CHECK(message({.average_over = 0}) == "descent: GreedyRate: average_over is 0, must be in [1, 1e+06]");
  CHECK(message({.average_over = 1'000'000'000'000'000}) ==
        "descent: GreedyRate: average_over is 1e+15, must be in [1, 1e+06]");
  CHECK(message({.restart_after = 0}) ==
        "descent: GreedyRate: restart_after is 0, must be at least 1 and finite");
  CHECK(message({.relative_threshold = std::nan("")}) ==
        "descent: GreedyRate: relative_threshold is nan, must be finite");
  CHECK(message({.absolute_threshold = std::nan("")}) ==
        "descent: GreedyRate: absolute_threshold is nan, must be finite");
}

TEST_CASE(
    "greedy: losses of single batches end at the lowest rate while the training gets better, means do not") {
  const auto noise = [](std::int64_t k) { return 0.3 * std::sin(7.7 * static_cast<double>(k * k % 1009)); };
  GreedyRate of_batches, of_means;
  double sum = 0;
  for (std::int64_t k = 0; k < 10'000; ++k) {
    const double loss = 1 / (1 + 1e-3 * static_cast<double>(k)) + 1 + noise(k);
    of_batches.observe(loss);
    sum += loss;
    if (k % 100 == 99) of_means.observe(std::exchange(sum, 0) / 100);
  }
  CHECK(of_batches.learning_rate_factor() == 0.01);
  CHECK(of_means.learning_rate_factor() > 0.5);
}
