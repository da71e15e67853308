// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/training/adapt/metric.hpp>

#include <cstdint>
#include <limits>

namespace descent {

/// Tells when a metric has stopped getting better; used by `fit`, or in a loop of your own.
///
///   EarlyStopping stopping{.patience = 5};
///   while (!stopping.observe(validation_loss())) {
///     if (stopping.is_best()) best = model;
///     ...
///   }
///
/// * `patience`: stops after so many observations in a row without progress, at least 1 (default 10).
/// * `minimum_change`: progress is a metric better by more than this, at least 0 (default 0).
/// * `higher_is_better`: for accuracies and scores (default false: for losses).
/// * `not_finite`: whether a metric that is not finite is refused (default) or ignored; then it has its number,
///   but no patience is lost.
///
/// `state` is all there is to save.
/// Errors: `observe` throws std::invalid_argument for an option out of range or a metric that is refused, and
/// has not counted then.
/// Differs from Keras, whose "best" is the last observation better by `min_delta`: here `is_best()`
/// tells of the best observation of all, however small the change.
struct EarlyStopping {
  std::int64_t patience = 10;
  double minimum_change = 0;
  bool higher_is_better = false;
  NotFiniteMetric not_finite = NotFiniteMetric::refuse;

  /// What has been seen; observations count from 1, and 0 stands for none.
  struct State {
    /// The best metric of all, and the number of its observation.
    double best = std::numeric_limits<double>::quiet_NaN();
    std::int64_t best_observation = 0;
    /// The metric that the next one must beat by `minimum_change`.
    double reference = std::numeric_limits<double>::quiet_NaN();
    std::int64_t observations = 0;
    /// Observations in a row without progress.
    std::int64_t waited = 0;
  } state{};

  /// Takes the next metric; true where it is time to stop.
  bool observe(double metric) {
    const Check check("EarlyStopping");
    this->check(check);
    const bool counts = detail::takes_metric(check, metric, not_finite);
    ++state.observations;
    if (!counts) return should_stop();
    ++state.waited;
    const bool is_first = state.best_observation == 0;
    if (is_first || is_better(metric, state.reference, minimum_change)) {
      state.reference = metric;
      state.waited = 0;
    }
    if (is_first || is_better(metric, state.best, 0)) {
      state.best = metric;
      state.best_observation = state.observations;
    }
    return should_stop();
  }

  /// Whether the last observation was the best so far: the moment to keep the parameters.
  bool is_best() const { return state.observations > 0 && state.best_observation == state.observations; }

  /// Whether patience has run out.
  bool should_stop() const { return state.waited >= patience; }

  /// Starts afresh with the same options.
  void reset() { state = {}; }

  /// f(name, value) for everything that there is to save, by reference.
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
    check("minimum_change", minimum_change, legal::non_negative);
  }

 private:
  bool is_better(double metric, double than, double by) const {
    return higher_is_better ? metric > than + by : metric < than - by;
  }
};

}  // namespace descent
