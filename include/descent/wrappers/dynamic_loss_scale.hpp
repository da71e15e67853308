// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace descent {

/// Loss scaling for gradients in half precision, with a scale that adapts.
///
/// The caller multiplies the loss, and therefore the gradient, by the scale; the rule divides by it:
///   u = u / scale
///   overflow (the gradient holds NaN or infinity): no step, scale = max(scale backoff, minimum)
///   growth_interval steps without overflow: scale = min(scale growth, 2^126)
///
/// An overflow never raises the scale: if it is at `minimum` or below, it does not change. Since only
/// different gradients help then, the step throws if at least `give_up_after` overflows in a row preceded it.
/// `optimizer.rule_state<DynamicLossScale>()` contains `scale`, that of the next step, and the number of overflows,
/// and of overflows in a row.
///
/// Place it first: `DynamicLossScale{} | AdamW{...}`. SkipNonFinite must come after it, and skips steps that
/// overflow in the division or in the rules between the two. Before it, it does not compile, since the
/// scale would never fall.
/// Memory: five numbers. Passes: 2 (one that reads). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range; std::runtime_error as above; then nothing
/// changes.
/// Source: Micikevicius et al. 2018, arXiv:1710.03740.
/// Differs from: torch.amp.GradScaler, which has the same defaults, no minimum, and never gives up.
struct DynamicLossScale {
  double initial = 65536;               ///< first scale, from 2^-126 to 2^126
  double growth = 2;                    ///< factor after growth_interval good steps, greater than 1
  double backoff = 0.5;                 ///< factor after an overflow, in (0, 1)
  std::int64_t growth_interval = 2000;  ///< in steps, at least 1
  double minimum = 1;                   ///< smallest scale, from 2^-126 to 2^126
  std::int64_t give_up_after = 10;      ///< overflows in a row after which the next one throws, not negative

  /// float can represent scales in this range, and their inverses.
  static constexpr double min_scale = 0x1p-126, max_scale = 0x1p+126;
  /// An earlier rule that skips steps would hide overflows.
  static constexpr RuleTraits traits{.measures = Scope::tree,
                                     .has_initial_rule_state = true,
                                     .may_skip = true,
                                     .needs_skipped_gradients = true};
  template <class V>
  struct Measured {
    V not_finite;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.not_finite += select(is_finite(u), V(0), V(1));
  }
  bool skips(const Measured<double>& measured) const { return measured.not_finite > 0; }

  struct RuleState {
    /// The scale of the next step.
    double scale = 0;
    /// The scale of the last step.
    double last_scale = 0;
    /// Steps without overflow since the last change of the scale.
    std::int64_t good_steps = 0;
    std::int64_t overflows = 0, overflows_in_a_row = 0;

    bool has_valid_state() const { return scale > 0; }
  };
  RuleState initial_rule_state() const { return {.scale = initial, .last_scale = initial}; }
  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    rule_state.last_scale = rule_state.scale;
    if (skips(measured)) {
      overflow(rule_state, step, measured);
      return;
    }
    rule_state.overflows_in_a_row = 0;
    if (++rule_state.good_steps < growth_interval) return;
    rule_state.scale = std::min(rule_state.last_scale * growth, max_scale);
    rule_state.good_steps = 0;
  }

  template <class S>
  struct Coefficients {
    S inverse;
  };
  Coefficients<double> coefficients(Step, const RuleState& rule_state, const Measured<double>&) const {
    return {1 / rule_state.last_scale};
  }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.inverse * u;
  }

  void check(const Check& check) const {
    const Interval scales{.low = min_scale, .high = max_scale, .low_is_open = false, .high_is_open = false};
    check("initial", initial, scales);
    check("growth", growth, Interval{.low = 1});
    check("backoff", backoff, Interval{.low = 0, .high = 1});
    check("growth_interval", static_cast<double>(growth_interval), legal::at_least(1));
    check("minimum", minimum, scales);
    check("give_up_after", static_cast<double>(give_up_after), legal::non_negative);
  }

 private:
  void overflow(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    const bool is_lowest = rule_state.last_scale <= minimum;
    if (is_lowest && rule_state.overflows_in_a_row >= give_up_after) fail(rule_state, step, measured);
    if (!is_lowest) rule_state.scale = std::max(minimum, rule_state.last_scale * backoff);
    rule_state.good_steps = 0;
    ++rule_state.overflows;
    ++rule_state.overflows_in_a_row;
  }

  [[noreturn]] DESCENT_COLD void fail(const RuleState& rule_state, Step step,
                                      const Measured<double>& measured) const {
    DESCENT_THROW(
        std::runtime_error,
        "descent: DynamicLossScale: " + std::to_string(static_cast<std::int64_t>(measured.not_finite)) +
            " elements are not finite at step " + std::to_string(step.index) + " and scale " +
            detail::text_of(rule_state.last_scale) + ", the lowest; " +
            std::to_string(rule_state.overflows_in_a_row) + " tries before overflowed in a row");
  }
};

}  // namespace descent
