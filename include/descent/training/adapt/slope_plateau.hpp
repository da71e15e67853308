// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/training/adapt/metric.hpp>
#include <descent/training/adapt/slope_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace descent {

/// Lowers the learning rate when the losses of the last steps are not sure to fall: for losses of
/// mini-batches, whose noise would mislead a rule that waits for a new best.
///
///   SlopePlateau plateau{.window = 500};
///   optimizer.set_learning_rate_factor(plateau.observe(batch_loss));       // after each step
///
/// After every `window` losses, tests whether the line through them falls; see `slope_test`. Windows do not
/// overlap, so that each result is an independent test, not the worst of many.
///
/// Errors: `observe` throws std::invalid_argument for an option out of range or a refused loss, and does not
/// count it.
/// Source: dlib's trainer. Differs from: dlib counts the steps for which the latest losses show no descent
/// with probability 0.51, and cuts at a threshold of that number.
struct SlopePlateau {
  std::int64_t window = 200;  ///< number of losses to test together, in [10, 1e6]; use more for noisier
                              ///< losses
  double confidence = 0.95;   ///< the probability from which on the loss counts as falling, in [0.5, 1)
  double factor = 0.1;        ///< multiplies the learning rate at a cut, in [0, 1)
  double min_factor = 0;      ///< lower bound of the learning-rate factor, not negative
  NotFiniteMetric not_finite = NotFiniteMetric::refuse;  ///< what to do with a loss that is not finite

  struct State {
    /// The learning-rate factor, initially 1.
    double learning_rate_factor = 1;
    /// The probability that the loss falls, from the last full window.
    double falling_probability = 0.5;
    /// The number of cuts, and the number of losses in the current window.
    std::int64_t cuts = 0, filled = 0;
    std::vector<double> losses = {};
  } state{};

  /// Records the next loss; returns the learning-rate factor for the next steps.
  double observe(double loss) {
    const Check check("SlopePlateau");
    this->check(check);
    if (!detail::takes_metric(check, loss, not_finite)) return state.learning_rate_factor;
    state.losses.resize(static_cast<std::size_t>(window));
    state.losses[static_cast<std::size_t>(state.filled)] = loss;
    if (++state.filled == window) judge();
    return state.learning_rate_factor;
  }

  double learning_rate_factor() const { return state.learning_rate_factor; }

  /// Restarts with the same options.
  void reset() { state = {}; }

  /// Calls f(name, value) for all values to save, by reference.
  template <class F>
  void for_each_state_value(F&& f) {
    f("learning_rate_factor", state.learning_rate_factor);
    f("falling_probability", state.falling_probability);
    f("cuts", state.cuts);
    f("filled", state.filled);
    f("losses", state.losses);
  }
  bool has_valid_state() const {
    const bool held = state.filled <= static_cast<std::int64_t>(state.losses.size());
    return state.filled >= 0 && state.filled < window && held;
  }

  void check(const Check& check) const {
    check("window", static_cast<double>(window), legal::between(10, 1e6));
    check.that(state.filled < window, "the window is shorter than what it holds; reset first");
    check("confidence", confidence, Interval{.low = 0.5, .high = 1, .low_is_open = false});
    check("factor", factor, legal::decay_rate);
    check("min_factor", min_factor, legal::non_negative);
  }

 private:
  void judge() {
    state.falling_probability = slope_test({state.losses.data(), state.losses.size()}).falling_probability;
    state.filled = 0;
    if (state.falling_probability >= confidence) return;
    const double next = std::max(state.learning_rate_factor * factor, min_factor);
    if (next < state.learning_rate_factor) ++state.cuts;
    state.learning_rate_factor = std::min(state.learning_rate_factor, next);
  }
};

}  // namespace descent
