// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/training/adapt/metric.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace descent {

/// How a system counts observations without improvement.
enum class PlateauCounting {
  /// The learning rate falls after more than `patience`; a cooldown of n ignores n observations.
  pytorch,
  /// After `patience`; a cooldown of n ignores n - 1.
  keras,
  /// After `patience`; a cooldown of n ignores n.
  optax
};

/// Lowers the learning rate when a metric has stopped improving.
///
///   ReduceOnPlateau plateau{.factor = 0.5, .patience = 5};
///   for (...) {
///     ...
///     optimizer.set_learning_rate_factor(plateau.observe(validation_loss));
///   }
///
/// An improvement is a metric below best - relative_threshold |best| - absolute_threshold or, with
/// `higher_is_better`, above best + relative_threshold |best| + absolute_threshold; the first metric is an
/// improvement. Metrics may have any sign. Combines with any schedule: the learning rate of step k is
/// schedule(k) times the returned factor. In `fit`, call it from `on_epoch`, with your own optimizer.
///
/// To resume, save `state`.
/// Errors: `observe` throws std::invalid_argument for an option out of range or a refused metric, and does
/// not count it.
/// Source: Keras' ReduceLROnPlateau, PyTorch's class of the same name, Optax's reduce_on_plateau.
/// Differs from: PyTorch, whose min_lr and eps are learning rates, but are fractions here; PyTorch and Optax
/// in the threshold of negative metrics, and Keras and Optax in the counting: see `like_pytorch`,
/// `like_keras` and `like_optax`.
struct ReduceOnPlateau {
  double factor = 0.1;         ///< multiplies the learning rate at a cut, in [0, 1)
  std::int64_t patience = 10;  ///< number of observations without improvement to tolerate, not negative; see
                               ///< `counting`
  double relative_threshold = 1e-4;  ///< finite; if negative, a slightly worse metric is an improvement
  double absolute_threshold = 0;     ///< finite, as above
  std::int64_t cooldown = 0;         ///< number of observations to ignore after a cut, not negative
  double min_factor = 0;             ///< lower bound of the learning-rate factor, not negative
  std::int64_t average_over = 1;     ///< an observation is the mean of this number of metrics, at least 1
  double min_change = 1e-8;          ///< skips cuts by no more than this, not negative
  bool higher_is_better = false;     ///< for accuracies and scores
  PlateauCounting counting = PlateauCounting::pytorch;   ///< as PyTorch, Keras or Optax
  NotFiniteMetric not_finite = NotFiniteMetric::refuse;  ///< what to do with a metric that is not finite
  /// The relative threshold is relative_threshold best, as in PyTorch and Optax: if the best metric is
  /// negative, a worse one is an improvement.
  bool threshold_keeps_sign = false;

  struct State {
    /// The learning-rate factor, initially 1. To obtain learning rates instead of factors, set it to the
    /// initial learning rate.
    double learning_rate_factor = 1;
    /// The observation that the next one must beat; NaN before the first.
    double best = std::numeric_limits<double>::quiet_NaN();
    /// Consecutive observations without improvement, and the remaining observations of the cooldown.
    std::int64_t waited = 0, cooldown_left = 0;
    /// The mean and number of the metrics of an incomplete observation.
    double mean = 0;
    std::int64_t averaged = 0;
    /// The number of cuts.
    std::int64_t cuts = 0;
  } state{};

  /// Records the next metric; returns the learning-rate factor for the next steps.
  double observe(double metric) {
    const Check check("ReduceOnPlateau");
    this->check(check);
    if (!detail::takes_metric(check, metric, not_finite)) return state.learning_rate_factor;
    detail::RunningMean mean(state.mean, static_cast<double>(state.averaged));
    mean.add(metric);
    state.mean = mean.mean();
    if (++state.averaged >= average_over) {
      count_observation(state.mean);
      state.mean = 0;
      state.averaged = 0;
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
    f("waited", state.waited);
    f("cooldown_left", state.cooldown_left);
    f("mean", state.mean);
    f("averaged", state.averaged);
    f("cuts", state.cuts);
  }
  bool has_valid_state() const {
    return state.waited >= 0 && state.cooldown_left >= 0 && state.averaged >= 0 && state.cuts >= 0;
  }

  void check(const Check& check) const {
    check("factor", factor, legal::decay_rate);
    check("patience", static_cast<double>(patience), legal::at_least(0));
    check("relative_threshold", relative_threshold, legal::finite);
    check("absolute_threshold", absolute_threshold, legal::finite);
    check("cooldown", static_cast<double>(cooldown), legal::at_least(0));
    check("min_factor", min_factor, legal::non_negative);
    check("average_over", static_cast<double>(average_over), legal::at_least(1));
    check("min_change", min_change, legal::non_negative);
  }

  /// PyTorch: the relative threshold keeps the sign of the best metric.
  static ReduceOnPlateau like_pytorch() { return {.threshold_keeps_sign = true}; }
  /// Keras: an absolute change of 1e-4 is an improvement.
  static ReduceOnPlateau like_keras() {
    return {.relative_threshold = 0,
            .absolute_threshold = 1e-4,
            .min_change = 0,
            .counting = PlateauCounting::keras};
  }
  /// Optax: counts as `PlateauCounting::optax`; the relative threshold keeps the sign of the best metric.
  static ReduceOnPlateau like_optax() {
    return {.min_change = 0, .counting = PlateauCounting::optax, .threshold_keeps_sign = true};
  }

 private:
  void count_observation(double metric) {
    const detail::Improvement is_progress{relative_threshold, absolute_threshold, higher_is_better,
                                          threshold_keeps_sign};
    if (is_progress(metric, state.best)) {
      state.best = metric;
      state.waited = 0;
    } else {
      ++state.waited;
    }
    const bool cooling = state.cooldown_left > 0;
    if (cooling) --state.cooldown_left;
    if (counting == PlateauCounting::keras ? state.cooldown_left > 0 : cooling) {
      state.waited = 0;
    } else if (state.waited >= longest_wait()) {
      cut();
    }
  }

  /// The consecutive observation without improvement, counted from 1, at which to cut the learning rate.
  std::int64_t longest_wait() const {
    return counting == PlateauCounting::pytorch ? patience + 1 : std::max<std::int64_t>(1, patience);
  }

  void cut() {
    state.waited = 0;
    state.cooldown_left = cooldown;
    const double next = std::max(state.learning_rate_factor * factor, min_factor);
    if (!(state.learning_rate_factor - next > min_change)) return;
    state.learning_rate_factor = next;
    ++state.cuts;
  }
};

}  // namespace descent
