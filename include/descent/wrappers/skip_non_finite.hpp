// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace descent {

/// Skips the step if the gradient contains NaN, infinity or a number whose square overflows (from 1.9e19 on
/// in float, 1.4e154 in double): parameters, state and step number do not change. Such a square would make
/// Adam's second moment infinite, and the update of its parameter 0, permanently.
///
/// Place it first: `SkipNonFinite{} | AdamW{...}`, but after DynamicLossScale, which skips steps with
/// overflow itself. `optimizer.rule_state<SkipNonFinite>()` contains the number of skipped steps, and of skipped
/// steps in a row.
/// Memory: two numbers. Passes: 2 (one that reads). Shapes: any. Checks the blocks of its rule, after the
/// rules before it have changed the gradient.
/// Errors: std::invalid_argument for an option out of its range; std::runtime_error after give_up_after
/// skipped steps; then nothing changes.
/// Source: common practice.
/// Differs from: Optax's apply_if_finite, which after max_consecutive_errors takes the step anyway; PyTorch's
/// clip_grad_norm_(error_if_nonfinite), which throws at once.
struct SkipNonFinite {
  std::int64_t give_up_after = 10;  ///< skipped steps in a row after which the next one throws, not negative

  template <class S>
  struct MeasuringCoefficients {
    S largest;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step) const { return {step.largest}; }

  static constexpr RuleTraits traits{.measures = Scope::tree, .may_skip = true};
  template <class V>
  struct Measured {
    V not_finite, elements;
  };
  template <class V, class C>
  static void measure(V u, V, const C& c, Measured<V>& sums) {
    const V square = u * u;
    sums.not_finite += select(is_finite(square) && square <= c.largest, V(0), V(1));
    sums.elements += V(1);
  }
  bool skips(const Measured<double>& measured) const { return measured.not_finite > 0; }

  struct RuleState {
    std::int64_t skipped = 0, skipped_in_a_row = 0;
  };
  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    if (!skips(measured)) {
      rule_state.skipped_in_a_row = 0;
      return;
    }
    if (rule_state.skipped_in_a_row >= give_up_after) fail(rule_state, step, measured);
    ++rule_state.skipped;
    ++rule_state.skipped_in_a_row;
  }

  template <class V>
  static V update(V u, V) {
    return u;
  }

  void check(const Check& check) const {
    check("give_up_after", static_cast<double>(give_up_after), legal::non_negative);
  }

 private:
  [[noreturn]] DESCENT_COLD void fail(const RuleState& rule_state, Step step,
                                      const Measured<double>& measured) const {
    DESCENT_THROW(
        std::runtime_error,
        "descent: SkipNonFinite: " + std::to_string(static_cast<std::int64_t>(measured.not_finite)) + " of " +
            std::to_string(static_cast<std::int64_t>(measured.elements)) +
            " elements are not finite, or their squares are not, at step " + std::to_string(step.index) +
            ", and " + std::to_string(rule_state.skipped_in_a_row) + " tries before were skipped");
  }
};

}  // namespace descent
