// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/training/adapt/metric.hpp>

#include <cstdint>
#include <limits>

namespace descent {

/// Detects that a metric has stopped improving; for `fit`, or for loops of your own.
///
///   EarlyStopping stopping{.patience = 5};
///   while (!stopping.observe(validation_loss())) {
///     if (stopping.is_best()) best = model;
///     ...
///   }
///
/// To resume, save `state`.
/// Errors: `observe` throws std::invalid_argument for an option out of range or a refused metric, and does
/// not count it.
/// Differs from: Keras, whose "best" is the last observation better by `min_delta`: here `is_best()` refers
/// to the best observation of all, however small the change.
struct EarlyStopping {
  std::int64_t patience = 10;  ///< stops after this number of consecutive observations without improvement,
                               ///< at least 1
  double min_change = 0;       ///< a smaller change is not an improvement, not negative
  bool higher_is_better = false;  ///< for accuracies and scores, not losses
  /// Whether to refuse a metric that is not finite, or to ignore it; an ignored one counts as an observation,
  /// but not towards `patience`.
  NotFiniteMetric not_finite = NotFiniteMetric::refuse;

  /// The observations so far, counted from 1; 0 means none.
  struct State {
    /// The best metric of all, and the number of its observation.
    double best = std::numeric_limits<double>::quiet_NaN();
    std::int64_t best_observation = 0;
    /// The metric that the next one must improve by `min_change`.
    double reference = std::numeric_limits<double>::quiet_NaN();
    std::int64_t observations = 0;
    /// Consecutive observations without improvement.
    std::int64_t waited = 0;
  } state{};

  /// Records the next metric; returns true if training should stop.
  bool observe(double metric) {
    const Check check("EarlyStopping");
    this->check(check);
    const bool counts = detail::takes_metric(check, metric, not_finite);
    ++state.observations;
    if (!counts) return should_stop();
    ++state.waited;
    if (is_improvement(metric, state.reference, min_change)) {
      state.reference = metric;
      state.waited = 0;
    }
    if (is_improvement(metric, state.best, 0)) {
      state.best = metric;
      state.best_observation = state.observations;
    }
    return should_stop();
  }

  /// Whether the last observation was the best so far: the moment to copy the parameters.
  bool is_best() const { return state.observations > 0 && state.best_observation == state.observations; }

  /// Whether `patience` is exhausted.
  bool should_stop() const { return state.waited >= patience; }

  /// Restarts with the same options.
  void reset() { state = {}; }

  /// Calls f(name, value) for all values to save, by reference.
  template <class F>
  void for_each_state_value(F&& f) {
    f("best", state.best);
    f("best_observation", state.best_observation);
    f("reference", state.reference);
    f("observations", state.observations);
    f("waited", state.waited);
  }
  bool has_valid_state() const {
    return state.best_observation >= 0 && state.observations >= state.best_observation && state.waited >= 0;
  }

  void check(const Check& check) const {
    check("patience", static_cast<double>(patience), legal::at_least(1));
    check("min_change", min_change, legal::non_negative);
  }

 private:
  bool is_improvement(double metric, double best, double by) const {
    return detail::Improvement{.absolute = by, .higher_is_better = higher_is_better}(metric, best);
  }
};

}  // namespace descent
