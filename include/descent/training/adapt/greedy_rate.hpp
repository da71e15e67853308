// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/adapt/metric.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace descent {

/// Raises the learning rate while a metric gets better, and lowers it when it does not.
///
///   GreedyRate greedy{.factor = 0.9, .patience = 3};
///   for (...) {                                      // each epoch, or each some hundred batches
///     ...                                            // its steps, whose losses are added up
///     optimizer.set_learning_rate_factor(greedy.observe(sum_of_losses / steps));
///   }
///
/// Hand it means. The losses of single batches differ by their noise: they hardly ever beat the best one in a row, so that
/// the rate falls to its minimum while the training still gets better, which is worse than no control. `average_over` makes
/// means of the last ones.
///
/// More than `patience` observations in a row that beat the best one divide what is handed out by `factor`;
/// more than `patience` that do not multiply it by `factor`.
///
/// * `factor`: in (0, 1) (default 0.95).
/// * `patience`: at least 0 (default 10).
/// * `relative_threshold` (0), `absolute_threshold` (1e-6): by how much an observation must beat the best one,
///   finite; see `ReduceOnPlateau`.
/// * `cooldown`, `warmup`: observations that are not counted after a cut, and after a rise; at least 0 (0).
/// * `minimum_factor` (0.01), `maximum_factor` (10): what is handed out stays between them; at least 0.
/// * `average_over`: an observation is the mean of this number of metrics, the last ones; 1 to 1e6 (default 1).
/// * `restart_after`: starts afresh after this number of cuts in a row at the minimum; 0 (default): never.
/// * `higher_is_better` (false), `not_finite` (refuse): as in `ReduceOnPlateau`.
///
/// Errors: `observe` throws std::invalid_argument for an option out of range or a metric that is refused;
/// nothing has been counted then.
/// Source: Subramanian & Ganapathiraman, arXiv:2512.14527, as in Hugging Face's GreedyLR. Differs from it:
/// its min_lr and max_lr are rates (1e-3 and 1), it restarts after 500 cuts, and its relative threshold lets a
/// worse metric pass for a gain if the best one is negative; a first mean of one metric counts here as there.
struct GreedyRate {
  double factor = 0.95;
  std::int64_t patience = 10;
  double relative_threshold = 0;
  double absolute_threshold = 1e-6;
  std::int64_t cooldown = 0;
  std::int64_t warmup = 0;
  double minimum_factor = 0.01;
  double maximum_factor = 10;
  std::int64_t average_over = 1;
  std::int64_t restart_after = 0;
  bool higher_is_better = false;
  NotFiniteMetric not_finite = NotFiniteMetric::refuse;

  struct State {
    /// What is handed out: 1 at first.
    double learning_rate_factor = 1;
    /// The observation that the next one must beat; NaN before the first.
    double best = std::numeric_limits<double>::quiet_NaN();
    /// Observations in a row with and without gain, and those that are not counted yet.
    std::int64_t gains = 0, losses = 0, resting = 0;
    /// Cuts in a row that found the factor at its minimum.
    std::int64_t cuts_at_minimum = 0;
    /// The number of metrics taken, and the last of them: metric n at place n modulo `average_over`, NaN at places
    /// without a metric.
    std::int64_t metrics = 0;
    std::vector<double> recent = {};
  } state{};

  /// Takes the next metric; returns the factor of the steps to come.
  double observe(double metric) {
    const Check check("GreedyRate");
    this->check(check);
    if (!detail::takes_metric(check, metric, not_finite)) return state.learning_rate_factor;
    keep(metric);
    const double observation = mean_of_recent();
    if (state.resting > 0) {
      --state.resting;
    } else {
      count_observation(observation);
    }
    return state.learning_rate_factor;
  }

  double learning_rate_factor() const { return state.learning_rate_factor; }

  /// Starts afresh with the same options.
  void reset() { state = {}; }

  /// f(name, value) for everything that there is to save, by reference.
  template <class F>
  void for_each_state_value(F&& f) {
    f("learning_rate_factor", state.learning_rate_factor);
    f("best", state.best);
    f("gains", state.gains);
    f("losses", state.losses);
    f("resting", state.resting);
    f("cuts_at_minimum", state.cuts_at_minimum);
    f("metrics", state.metrics);
    f("recent", state.recent);
  }
  bool has_valid_state() const { return state.metrics >= 0 && (state.metrics == 0 || !state.recent.empty()); }

  void check(const Check& check) const {
    check("factor", factor, Interval{.low = 0, .high = 1});
    check("patience", static_cast<double>(patience), legal::at_least(0));
    check("relative_threshold", relative_threshold, legal::finite);
    check("absolute_threshold", absolute_threshold, legal::finite);
    check("cooldown", static_cast<double>(cooldown), legal::at_least(0));
    check("warmup", static_cast<double>(warmup), legal::at_least(0));
    check("minimum_factor", minimum_factor, legal::non_negative);
    check("maximum_factor", maximum_factor, legal::at_least(minimum_factor));
    check("average_over", static_cast<double>(average_over), legal::between(1, 1e6));
    check("restart_after", static_cast<double>(restart_after), legal::at_least(0));
  }

 private:
  void keep(double metric) {
    resize_recent();
    state.recent[static_cast<std::size_t>(state.metrics++ % average_over)] = metric;
  }

  /// Moves the metrics to their places after `average_over` was changed.
  void resize_recent() {
    const auto held = static_cast<std::int64_t>(state.recent.size());
    if (held == average_over) return;
    std::vector<double> moved(static_cast<std::size_t>(average_over),
                              std::numeric_limits<double>::quiet_NaN());
    const std::int64_t kept = std::min({held, average_over, state.metrics});
    for (std::int64_t n = state.metrics - kept; n < state.metrics; ++n)
      moved[static_cast<std::size_t>(n % average_over)] = state.recent[static_cast<std::size_t>(n % held)];
    state.recent = std::move(moved);
  }

  double mean_of_recent() const {
    detail::RunningMean mean;
    for (const double metric : state.recent)
      if (!is_nan(metric)) mean.add(metric);
    return mean.mean();
  }

  void count_observation(double metric) {
    if (detail::Improvement{relative_threshold, absolute_threshold, higher_is_better}(metric, state.best)) {
      state.best = metric;
      state.losses = 0;
      if (++state.gains > patience) rise();
    } else {
      state.gains = 0;
      if (++state.losses > patience) cut();
    }
  }

  void rise() {
    state.learning_rate_factor = std::min(state.learning_rate_factor / factor, maximum_factor);
    state.gains = 0;
    state.resting = warmup;
    state.cuts_at_minimum = 0;
  }

  void cut() {
    state.learning_rate_factor = std::max(state.learning_rate_factor * factor, minimum_factor);
    state.losses = 0;
    state.resting = cooldown;
    if (state.learning_rate_factor > minimum_factor) return;
    ++state.cuts_at_minimum;
    if (restart_after > 0 && state.cuts_at_minimum >= restart_after) reset();
  }
};

}  // namespace descent
