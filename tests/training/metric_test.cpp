// SPDX-License-Identifier: MIT
#include <descent/training/adapt/early_stopping.hpp>
#include <descent/training/adapt/greedy_rate.hpp>
#include <descent/training/adapt/metric.hpp>
#include <descent/training/adapt/reduce_on_plateau.hpp>
#include <descent/training/adapt/slope_plateau.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

// Properties of all objects that listen to a metric: its sign and its size do not matter.

using namespace descent;
using namespace training_test;

namespace {

constexpr double largest = std::numeric_limits<double>::max();

/// The results of a listener after each metric.
template <class Listener>
std::vector<double> answers(Listener listener, const std::vector<double>& metrics) {
  std::vector<double> result;
  for (const double metric : metrics) result.push_back(static_cast<double>(listener.observe(metric)));
  return result;
}

std::vector<double> scaled(std::vector<double> metrics, double factor) {
  for (double& metric : metrics) metric *= factor;
  return metrics;
}

double uniform(std::mt19937_64& random) { return std::ldexp(static_cast<double>(random() >> 11), -53); }

/// Metrics of any sign that mostly improve.
std::vector<double> course(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> metrics;
  double level = 4 * uniform(random) - 2;
  for (int k = 0; k < 80; ++k) metrics.push_back((level -= 0.05 * uniform(random)) + 0.4 * uniform(random));
  return metrics;
}

/// Metrics that stay or get worse, from a first one of any sign and size.
std::vector<double> course_without_progress(std::uint64_t seed, double first) {
  std::mt19937_64 random(seed);
  std::vector<double> metrics{first};
  for (int k = 1; k < 30; ++k) {
    const double worse = metrics.back() + (random() % 3 == 0 ? 0 : 1e-5 * uniform(random) * std::abs(first));
    metrics.push_back(std::isinf(worse) ? largest : worse);
  }
  return metrics;
}

}  // namespace

TEST_CASE("metrics: a plateau of negative metrics is one of positive ones") {
  const std::vector<double> expected{1, 1, 1, 0.1, 0.1, 0.1, 0.1 * 0.1};
  for (const double metric : {1.0, -1.0, 0.0, -1e-300, largest, -largest}) {
    CAPTURE(metric);
    CHECK(answers(ReduceOnPlateau{.patience = 2}, std::vector<double>(7, metric)) == expected);
    CHECK(answers(ReduceOnPlateau{.patience = 2, .higher_is_better = true}, std::vector<double>(7, metric)) ==
          expected);
  }
  std::vector<double> worse;
  for (int k = 0; k < 7; ++k) worse.push_back(-1 + 1e-5 * k);
  CHECK(answers(ReduceOnPlateau{.patience = 2}, worse) == expected);
  CHECK(answers(GreedyRate{.factor = 0.5, .patience = 0, .relative_threshold = 0.1, .absolute_threshold = 0},
                {-1, -1, -1}) == std::vector<double>{2, 1, 0.5});
}

TEST_CASE("metrics: a relative threshold is a share of the size of the best one") {
  const ReduceOnPlateau plateau{.patience = 0, .relative_threshold = 0.1};
  CHECK(answers(plateau, {-10, -10.9, -11.1}) == std::vector<double>{1, 0.1, 0.1});
  CHECK(answers(plateau, {10, 9.1, 8.9}) == std::vector<double>{1, 0.1, 0.1});
  const ReduceOnPlateau rising{.patience = 0, .relative_threshold = 0.1, .higher_is_better = true};
  CHECK(answers(rising, {-10, -9.1, -8.9}) == std::vector<double>{1, 0.1, 0.1});
  const ReduceOnPlateau lenient{.patience = 0, .relative_threshold = -0.1};
  CHECK(answers(lenient, {-10, -9.5, -8.5}) == std::vector<double>{1, 1, 0.1});
  // PyTorch and Optax: -9.1 is an improvement over -10.
  const ReduceOnPlateau signed_threshold{
      .patience = 0, .relative_threshold = 0.1, .threshold_keeps_sign = true};
  CHECK(answers(signed_threshold, {-10, -9.1, -8}) == std::vector<double>{1, 1, 0.1});
  CHECK(ReduceOnPlateau::like_pytorch().threshold_keeps_sign);
  CHECK(ReduceOnPlateau::like_optax().threshold_keeps_sign);
}

TEST_CASE("metrics: the first one is progress, whatever the thresholds") {
  for (const double relative : {-3.0, 0.0, 1.0, 2.0})
    for (const bool higher : {false, true}) {
      const ReduceOnPlateau plateau{
          .patience = 0, .relative_threshold = relative, .higher_is_better = higher};
      CHECK(answers(plateau, {-3}) == std::vector<double>{1});
    }
}

TEST_CASE("metrics: without progress every listener says so, whatever their sign and size") {
  const double firsts[] = {1, -1, 0, 1e-320, -1e-320, 1e300, -1e300, largest, -largest, 123, -0.01};
  for (const double first : firsts)
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(first, seed);
      for (const bool higher : {false, true}) {
        const auto metrics = scaled(course_without_progress(seed, first), higher ? -1 : 1);
        const ReduceOnPlateau plateau{.factor = 0.5, .patience = 3, .higher_is_better = higher};
        const auto factors = answers(plateau, metrics);
        for (std::size_t k = 0; k < 29; ++k) REQUIRE(factors[k] == std::ldexp(1, -static_cast<int>(k / 4)));
        const auto stops = answers(EarlyStopping{.patience = 7, .higher_is_better = higher}, metrics);
        for (std::size_t k = 0; k < metrics.size(); ++k) REQUIRE(stops[k] == (k >= 7 ? 1 : 0));
        const GreedyRate greedy{
            .patience = 0, .relative_threshold = 1e-4, .absolute_threshold = 0, .higher_is_better = higher};
        const auto rates = answers(greedy, metrics);
        for (std::size_t k = 1; k < rates.size(); ++k) REQUIRE(rates[k] < rates[k - 1]);
      }
    }
}

TEST_CASE("metrics: negative values to be raised behave like positive values to be lowered") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    const auto metrics = course(seed), opposite = scaled(metrics, -1);
    ReduceOnPlateau plateau{.factor = 0.5,
                            .patience = 2,
                            .relative_threshold = 0.02,
                            .absolute_threshold = 1e-3,
                            .average_over = 2};
    GreedyRate greedy{.patience = 1, .relative_threshold = 0.02, .average_over = 3};
    EarlyStopping stopping{.patience = 5, .min_change = 0.01};
    const auto cuts = answers(plateau, metrics), rates = answers(greedy, metrics),
               stops = answers(stopping, metrics);
    plateau.higher_is_better = greedy.higher_is_better = stopping.higher_is_better = true;
    CHECK(answers(plateau, opposite) == cuts);
    CHECK(answers(greedy, opposite) == rates);
    CHECK(answers(stopping, opposite) == stops);
  }
}

TEST_CASE("metrics: their unit does not matter, up to the largest numbers") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto metrics = course(seed);
    const ReduceOnPlateau plateau{
        .factor = 0.5, .patience = 2, .relative_threshold = 0.02, .average_over = 2};
    const GreedyRate greedy{
        .patience = 1, .relative_threshold = 0.02, .absolute_threshold = 0, .average_over = 3};
    const SlopePlateau slope{.window = 10, .factor = 0.5};
    const auto cuts = answers(plateau, metrics), rates = answers(greedy, metrics),
               slopes = answers(slope, metrics);
    for (const int exponent : {-900, -300, 300, 900, 1020}) {
      CAPTURE(seed, exponent);
      const auto in_other_unit = scaled(metrics, std::ldexp(1, exponent));
      CHECK(answers(plateau, in_other_unit) == cuts);
      CHECK(answers(greedy, in_other_unit) == rates);
      CHECK(answers(slope, in_other_unit) == slopes);
    }
  }
}

TEST_CASE("metrics: means do not overflow, and those of equal metrics are exact") {
  ReduceOnPlateau plateau{.patience = 0, .average_over = 2};
  for (const double metric : {1e308, 1e308, 1.5e308, 1.7e308}) plateau.observe(metric);
  CHECK(plateau.state.best == 1e308);
  CHECK(plateau.state.cuts == 1);
  GreedyRate greedy{.factor = 0.5, .patience = 0, .average_over = 3};
  for (int k = 0; k < 4; ++k) greedy.observe(-largest);
  CHECK(greedy.state.best == -largest);
  CHECK(greedy.learning_rate_factor() == 0.25);
  detail::RunningMean equal, extreme, of_infinity, of_nan;
  for (int k = 0; k < 7; ++k) equal.add(0.1);
  CHECK(equal.mean() == 0.1);
  extreme.add(-largest);
  extreme.add(largest, 9);
  CHECK(extreme.mean() == Approx(0.8 * largest));
  of_infinity.add(1);
  of_infinity.add(HUGE_VAL);
  of_infinity.add(2);
  CHECK(of_infinity.mean() == HUGE_VAL);
  of_nan.add(std::nan(""));
  of_nan.add(2);
  CHECK(std::isnan(of_nan.mean()));
}

TEST_CASE("greedy rate: options may change on the way") {
  GreedyRate greedy{.patience = 100, .average_over = 2};
  for (const double metric : {8.0, 6.0, 4.0}) greedy.observe(metric);
  CHECK(greedy.state.best == 5);
  greedy.average_over = 4;  // of 6, 4 and the next ones
  greedy.observe(2);
  CHECK(greedy.state.best == 4);
  greedy.observe(0);
  CHECK(greedy.state.best == 3);
  greedy.average_over = 1;
  greedy.observe(-1);
  CHECK(greedy.state.best == -1);
  GreedyRate restarting{.factor = 0.5, .patience = 0, .min_factor = 0.5, .restart_after = 9};
  for (int k = 0; k < 6; ++k) restarting.observe(1);
  CHECK(restarting.state.cuts_at_minimum == 4);
  restarting.restart_after = 3;
  restarting.observe(1);
  CHECK(restarting.learning_rate_factor() == 1);
}
