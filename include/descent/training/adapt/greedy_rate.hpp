// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/adapt/metric.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace descent {

/// Raises the learning rate while a metric improves, and lowers it when it does not.
///
///   GreedyRate greedy{.factor = 0.9, .patience = 3};
///   for (...) {                                      // each epoch, or every few hundred batches
///     ...                                            // its steps; add their losses
///     optimizer.set_learning_rate_factor(greedy.observe(sum_of_losses / steps));
///   }
///
/// Pass means. The losses of single batches are noisy: they rarely beat the best one several times in a row,
/// so that the learning rate falls to its minimum while training still improves, which is worse than no
/// control. `average_over` computes means of the last metrics.
///
/// After more than `patience` consecutive observations that beat the best one, divides the learning-rate
/// factor by `factor`; after more than `patience` that do not, multiplies it by `factor`.
///
/// Errors: `observe` throws std::invalid_argument for an option out of range or a refused metric, and does
/// not count it.
/// Source: Subramanian & Ganapathiraman, arXiv:2512.14527, as in Hugging Face's GreedyLR. Differs from:
/// GreedyLR's min_lr and max_lr are learning rates (1e-3 and 1), it restarts after 500 cuts, and with a
/// negative best metric its relative threshold counts a worse metric as a gain; both count a first mean of
/// one metric.
struct GreedyRate {
  double factor = 0.95;        ///< multiplies the learning rate at a cut and divides it at a rise, in (0, 1)
  std::int64_t patience = 10;  ///< number of observations to tolerate before a change, not negative
  double relative_threshold = 0;     ///< by how much an observation must beat the best one, finite; see
                                     ///< ReduceOnPlateau
  double absolute_threshold = 1e-6;  ///< finite, as above
  std::int64_t cooldown = 0;         ///< number of observations to ignore after a cut, not negative
  std::int64_t warmup = 0;           ///< number of observations to ignore after a rise, not negative
  double min_factor = 0.01;          ///< lower bound of the learning-rate factor, not negative
  double max_factor = 10;            ///< upper bound of the learning-rate factor, at least `min_factor`
  std::int64_t average_over = 1;  ///< an observation is the mean of this number of metrics, the last ones; in
                                  ///< [1, 1e6]
  std::optional<std::int64_t> restart_after = {};  ///< cuts at the minimum, at least 1; by default never
  bool higher_is_better = false;                   ///< for accuracies and scores
  NotFiniteMetric not_finite = NotFiniteMetric::refuse;  ///< what to do with a metric that is not finite

  struct State {
    /// The learning-rate factor, initially 1.
    double learning_rate_factor = 1;
    /// The observation that the next one must beat; NaN before the first.
    double best = std::numeric_limits<double>::quiet_NaN();
    /// Consecutive observations with and without gain, and the number of observations still to ignore.
    std::int64_t gains = 0, losses = 0, resting = 0;
    /// Consecutive cuts at the minimum factor.
    std::int64_t cuts_at_minimum = 0;
    /// The number of metrics, and the last of them: metric n is at index n modulo `average_over`; unused
    /// entries are NaN.
    std::int64_t metrics = 0;
    std::vector<double> recent = {};
  } state{};

  /// Records the next metric; returns the learning-rate factor for the next steps.
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

  /// Restarts with the same options.
  void reset() { state = {}; }

  /// Calls f(name, value) for all values to save, by reference.
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
    check("min_factor", min_factor, legal::non_negative);
    check("max_factor", max_factor, legal::at_least(min_factor));
    check("average_over", static_cast<double>(average_over), legal::between(1, 1e6));
    if (restart_after) check("restart_after", static_cast<double>(*restart_after), legal::at_least(1));
  }

 private:
  void keep(double metric) {
    resize_recent();
    state.recent[static_cast<std::size_t>(state.metrics++ % average_over)] = metric;
  }

  /// Moves the metrics to their new indices after `average_over` was changed.
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
    state.learning_rate_factor = std::min(state.learning_rate_factor / factor, max_factor);
    state.gains = 0;
    state.resting = warmup;
    state.cuts_at_minimum = 0;
  }

  void cut() {
    state.learning_rate_factor = std::max(state.learning_rate_factor * factor, min_factor);
    state.losses = 0;
    state.resting = cooldown;
    if (state.learning_rate_factor > min_factor) return;
    ++state.cuts_at_minimum;
    if (restart_after && state.cuts_at_minimum >= *restart_after) reset();
  }
};

}  // namespace descent
