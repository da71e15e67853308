// SPDX-License-Identifier: MIT
#include <descent/core/saved_state.hpp>
#include <descent/training/adapt/early_stopping.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

using namespace descent;
using namespace training_test;

namespace {

/// The number of the observation that stops it, or 0.
std::size_t stopped_at(EarlyStopping stopping, const std::vector<double>& metrics) {
  for (std::size_t k = 0; k < metrics.size(); ++k)
    if (stopping.observe(metrics[k])) return k + 1;
  return 0;
}

}  // namespace

TEST_CASE("early stopping: after patience observations in a row without progress") {
  CHECK(stopped_at({.patience = 2}, {5, 4, 4, 3, 3.5, 3.2, 1}) == 6);
  CHECK(stopped_at({.patience = 1}, {5, 4, 4}) == 3);
  CHECK(stopped_at({.patience = 3}, {5, 6, 7, 4, 5, 6}) == 0);
}

TEST_CASE("early stopping: a change that is too small is no progress, but may be the best") {
  EarlyStopping stopping{.patience = 3, .min_change = 0.5};
  CHECK_FALSE(stopping.observe(5));
  CHECK(stopping.is_best());
  CHECK_FALSE(stopping.observe(4.75));
  CHECK(stopping.is_best());
  CHECK(stopping.state.waited == 1);
  CHECK_FALSE(stopping.observe(4.4));  // 0.6 below its reference, 5
  CHECK(stopping.state.waited == 0);
  CHECK_FALSE(stopping.observe(4.5));
  CHECK_FALSE(stopping.is_best());
  CHECK(stopping.state.best == 4.4);
  CHECK(stopping.state.best_observation == 3);
}

TEST_CASE("early stopping: higher may be better") {
  CHECK(stopped_at({.patience = 2, .higher_is_better = true}, {0.5, 0.6, 0.6, 0.55}) == 4);
  CHECK(stopped_at({.patience = 2, .min_change = 0.2, .higher_is_better = true}, {0.5, 0.6, 0.65}) == 3);
}

TEST_CASE("early stopping: what is not finite is refused or ignored, and costs no patience") {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  EarlyStopping strict{.patience = 1};
  strict.observe(2);
  CHECK(message_of([&] { strict.observe(nan); }) ==
        "descent: EarlyStopping: the metric is nan, must be finite (or set not_finite = "
        "NotFiniteMetric::ignore)");
  CHECK(strict.state.observations == 1);
  CHECK(stopped_at({.patience = 2, .not_finite = NotFiniteMetric::ignore}, {nan, nan, nan}) == 0);
  CHECK(stopped_at({.patience = 2, .not_finite = NotFiniteMetric::ignore}, {3, 4, -infinity, nan, 5}) == 5);
  EarlyStopping stopping{.patience = 5, .not_finite = NotFiniteMetric::ignore};
  stopping.observe(nan);
  CHECK_FALSE(stopping.is_best());
  stopping.observe(2);
  CHECK(stopping.is_best());
  CHECK(stopping.state.best_observation == 2);
}

TEST_CASE("early stopping: hands out everything there is to save") {
  EarlyStopping stopping{.patience = 3}, resumed = stopping;
  for (const double metric : {3.0, 2.0, 2.5}) stopping.observe(metric);
  const std::vector<SavedTensor> tensors = saved_state(stopping);
  REQUIRE(tensors.size() == 5);
  CHECK(tensors[0].name == "best");
  CHECK(*static_cast<const double*>(tensors[0].data) == 2);
  CHECK(tensors[3].name == "observations");
  CHECK(*static_cast<const std::int64_t*>(tensors[3].data) == 3);
  restore_state(resumed, tensors);
  CHECK_FALSE(resumed.observe(2.5));
  CHECK(resumed.observe(2.5));
}

TEST_CASE("early stopping: starts afresh, and goes on from a saved state") {
  EarlyStopping stopping{.patience = 2};
  CHECK_FALSE(stopping.is_best());
  stopping.observe(1);
  stopping.observe(2);
  EarlyStopping resumed{.patience = 2, .state = stopping.state};
  CHECK(resumed.observe(2));
  stopping.reset();
  CHECK(stopping.state.observations == 0);
  CHECK_FALSE(stopping.observe(2));
}

TEST_CASE("early stopping: options out of range are named, and nothing is counted") {
  EarlyStopping none{.patience = 0};
  CHECK(message_of([&] { none.observe(1); }) ==
        "descent: EarlyStopping: patience is 0, must be at least 1 and finite");
  CHECK(none.state.observations == 0);
  EarlyStopping negative{.min_change = -1};
  CHECK(message_of([&] { negative.observe(1); }) ==
        "descent: EarlyStopping: min_change is -1, must be at least 0 and finite");
}
