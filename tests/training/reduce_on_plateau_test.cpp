// SPDX-License-Identifier: MIT
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/adapt/reduce_on_plateau.hpp>
#include <descent/training/fit/fit.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace descent;
using namespace training_test;

namespace {

/// The numbers of the metrics, counted from 1, after which the factor was lower.
std::vector<int> cuts(ReduceOnPlateau plateau, const std::vector<double>& metrics) {
  std::vector<int> result;
  double factor = 1;
  for (std::size_t k = 0; k < metrics.size(); ++k) {
    const double next = plateau.observe(metrics[k]);
    if (next < factor) result.push_back(static_cast<int>(k) + 1);
    factor = next;
  }
  return result;
}

/// The learning rates of Keras 3 after each metric, with its order of operations.
std::vector<double> keras_rates(const std::vector<double>& metrics, double factor, std::int64_t patience,
                                std::int64_t cooldown, double least) {
  double rate = 1, best = std::numeric_limits<double>::infinity();
  std::int64_t left = 0, wait = 0;
  std::vector<double> rates;
  for (const double metric : metrics) {
    if (left > 0) {
      --left;
      wait = 0;
    }
    if (metric < best - 1e-4) {
      best = metric;
      wait = 0;
    } else if (left <= 0 && ++wait >= patience && rate > least) {
      rate = std::max(rate * factor, least);
      left = cooldown;
      wait = 0;
    }
    rates.push_back(rate);
  }
  return rates;
}

std::vector<double> noisy_descent(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> metrics;
  for (int k = 0; k < 120; ++k)
    metrics.push_back(std::exp(-0.05 * k) + 1e-3 * static_cast<double>(random() % 100));
  return metrics;
}

}  // namespace

TEST_CASE("plateau: PyTorch cuts after patience is used up, Keras and Optax when it is") {
  const std::vector<double> flat(12, 1.0);
  CHECK(cuts({.patience = 2}, flat) == std::vector<int>{4, 7, 10});
  CHECK(cuts({.patience = 2, .counting = PlateauCounting::optax}, flat) == std::vector<int>{3, 5, 7, 9, 11});
  CHECK(cuts({.patience = 2, .counting = PlateauCounting::keras}, flat) == std::vector<int>{3, 5, 7, 9, 11});
}

TEST_CASE("plateau: a cooldown leaves out n observations, one less as Keras counts") {
  const std::vector<double> flat(12, 1.0);
  CHECK(cuts({.patience = 1, .cooldown = 2}, flat) == std::vector<int>{3, 7, 11});
  CHECK(cuts({.patience = 1, .cooldown = 2, .counting = PlateauCounting::optax}, flat) ==
        std::vector<int>{2, 5, 8, 11});
  CHECK(cuts({.patience = 1, .cooldown = 2, .counting = PlateauCounting::keras}, flat) ==
        std::vector<int>{2, 4, 6, 8, 10, 12});
}

TEST_CASE("plateau: gives the rates of Keras") {
  for (const std::int64_t patience : {0, 1, 3, 7})
    for (const std::int64_t cooldown : {0, 1, 2, 5}) {
      ReduceOnPlateau plateau = ReduceOnPlateau::like_keras();
      plateau.factor = 0.5;
      plateau.patience = patience;
      plateau.cooldown = cooldown;
      plateau.min_factor = 0.01;
      const auto metrics = noisy_descent(static_cast<std::uint64_t>(10 * patience + cooldown));
      const auto expected = keras_rates(metrics, 0.5, patience, cooldown, 0.01);
      CAPTURE(patience, cooldown);
      for (std::size_t k = 0; k < metrics.size(); ++k) REQUIRE(plateau.observe(metrics[k]) == expected[k]);
      CHECK(plateau.state.cuts > 2);
    }
}

TEST_CASE("plateau: thresholds, relative and absolute, either way up") {
  CHECK(cuts({.patience = 0, .relative_threshold = 0.1}, {10, 9.5, 8.9}) == std::vector<int>{2});
  CHECK(cuts({.patience = 0, .relative_threshold = 0, .absolute_threshold = 1}, {10, 9.5, 8.9}) ==
        std::vector<int>{2});
  CHECK(cuts({.patience = 0, .relative_threshold = 0.1, .higher_is_better = true}, {10, 10.5, 11.1}) ==
        std::vector<int>{2});
  CHECK(cuts({.patience = 0, .relative_threshold = 0, .absolute_threshold = 1, .higher_is_better = true},
             {10, 10.5, 11.1}) == std::vector<int>{2});
  CHECK(cuts({.patience = 0, .relative_threshold = -0.1}, {10, 10.5, 11.1}) == std::vector<int>{});
}

TEST_CASE("plateau: means of several metrics, a floor, a least change") {
  CHECK(cuts({.patience = 0, .average_over = 2}, {3, 1, 4, 0, 1, 2}) == std::vector<int>{4});
  ReduceOnPlateau floored{.factor = 0.5, .patience = 0, .min_factor = 0.4};
  for (int k = 0; k < 5; ++k) floored.observe(1);
  CHECK(floored.learning_rate_factor() == 0.4);
  CHECK(floored.state.cuts == 2);
  ReduceOnPlateau coarse{.factor = 0.5, .patience = 0, .min_change = 0.3};
  for (int k = 0; k < 5; ++k) coarse.observe(1);
  CHECK(coarse.learning_rate_factor() == 0.5);
}

TEST_CASE("plateau: what is not finite is refused or ignored, never counted") {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  ReduceOnPlateau strict{.patience = 0};
  strict.observe(1);
  CHECK(message_of([&] { strict.observe(nan); }) ==
        "descent: ReduceOnPlateau: the metric is nan, must be finite (or set not_finite = "
        "NotFiniteMetric::ignore)");
  CHECK(message_of([&] { strict.observe(infinity); }).find("the metric is inf") != std::string::npos);
  CHECK(strict.learning_rate_factor() == 1);
  CHECK(strict.state.waited == 0);
  CHECK(cuts({.patience = 0, .not_finite = NotFiniteMetric::ignore}, {1, nan, infinity, -infinity, 1}) ==
        std::vector<int>{5});
}

TEST_CASE("plateau: goes on from a saved state, and starts afresh") {
  const auto metrics = noisy_descent(3);
  ReduceOnPlateau whole{.factor = 0.7, .patience = 1, .cooldown = 1, .average_over = 3}, first = whole;
  for (std::size_t k = 0; k < metrics.size(); ++k) {
    whole.observe(metrics[k]);
    if (k < 50) first.observe(metrics[k]);
  }
  ReduceOnPlateau resumed{.factor = 0.7, .patience = 1, .cooldown = 1, .average_over = 3};
  restore_state(resumed, saved_state(first));
  CHECK(resumed.learning_rate_factor() == first.learning_rate_factor());
  for (std::size_t k = 50; k < metrics.size(); ++k) resumed.observe(metrics[k]);
  CHECK(resumed.learning_rate_factor() == whole.learning_rate_factor());
  CHECK(resumed.state.cuts == whole.state.cuts);
  CHECK(whole.state.cuts > 3);
  whole.reset();
  CHECK(whole.learning_rate_factor() == 1);
}

TEST_CASE("plateau: options out of range are named, and nothing is counted") {
  auto message = [](ReduceOnPlateau plateau) {
    const auto text = message_of([&] { plateau.observe(1); });
    CHECK(plateau.state.averaged == 0);
    CHECK(is_nan(plateau.state.best));
    return text;
  };
  CHECK(message({.factor = 1}) == "descent: ReduceOnPlateau: factor is 1, must be in [0, 1)");
  CHECK(message({.patience = -1}) ==
        "descent: ReduceOnPlateau: patience is -1, must be at least 0 and finite");
  CHECK(message({.relative_threshold = std::nan("")}) ==
        "descent: ReduceOnPlateau: relative_threshold is nan, must be finite");
  CHECK(message({.absolute_threshold = std::nan("")}) ==
        "descent: ReduceOnPlateau: absolute_threshold is nan, must be finite");
  CHECK(message({.cooldown = -1}) ==
        "descent: ReduceOnPlateau: cooldown is -1, must be at least 0 and finite");
  CHECK(message({.min_factor = -1}) ==
        "descent: ReduceOnPlateau: min_factor is -1, must be at least 0 and finite");
  CHECK(message({.average_over = 0}) ==
        "descent: ReduceOnPlateau: average_over is 0, must be at least 1 and finite");
  CHECK(message({.min_change = -1}) ==
        "descent: ReduceOnPlateau: min_change is -1, must be at least 0 and finite");
}

TEST_CASE("plateau: in fit, from on_epoch, on top of the rule's schedule") {
  const RegressionData<double> data(40);
  auto model = zero_regression<double>();
  const Schedule rate([](std::int64_t step) { return step < 12 ? 0.02 : 0.01; });
  Optimizer optimizer(model, Sgd{.learning_rate = rate});
  ReduceOnPlateau plateau{.factor = 0.5, .patience = 1};
  std::vector<double> rates;
  fit(model, Samples{data.inputs, data.targets}, optimizer,
      {.epochs = 6,
       .batch_size = 10,
       .validation = [] { return 1.0; },  // never better
       .on_epoch =
           [&](const EpochReport& epoch) {
             optimizer.set_learning_rate_factor(plateau.observe(epoch.validation));
             rates.push_back(epoch.learning_rate);
           },
       .progress = Progress::none});
  CHECK(rates == std::vector<double>{0.02, 0.02, 0.02, 0.005, 0.005, 0.0025});
}
