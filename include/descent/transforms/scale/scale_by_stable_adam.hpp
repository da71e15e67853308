// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Scales the update by Adam's moments, and reduces the step of a block if its second moment is out of date.
///
///   m = b1 m + (1 - b1) u              b1 = beta1 (1 - beta1^(t-1)) / (1 - beta1^t)
///   v = b2 v + (1 - b2) u^2            b2 = beta2 (1 - beta2^(t-1)) / (1 - beta2^t)
///   rms = sqrt(mean(u^2 / max(v, epsilon^2))),   the mean over the block
///   u = (m / (sqrt(v) + epsilon) + weight_decay p) / max(1, rms)
///
/// Memory: 2 values a parameter, the corrected moments (ScaleByAdam stores uncorrected ones), and the powers
/// of the betas. Passes: 2 (one that reads). Shapes: any. The mean is taken in double.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Wortsman et al. 2023, arXiv:2304.13013.
struct ScaleByStableAdam {
  Schedule beta1 = 0.9;         ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.99;        ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;        ///< added to the denominator, greater than 0
  Schedule weight_decay = 0.0;  ///< strength of weight decay, not negative

  DESCENT_STATE(exp_avg, exp_avg_sq)

  struct RuleState {
    double beta1_power = 1, beta2_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct MeasuringCoefficients {
    S weight, smallest;
  };
  // The engine advances the rule state before it measures a block.
  MeasuringCoefficients<double> measuring_coefficients(Step step, const RuleState& rule_state) const {
    return {(1 - beta2(step.index)) / (1 - rule_state.beta2_power), epsilon * epsilon};
  }

  static constexpr RuleTraits traits{.measures = Scope::block};
  template <class V>
  struct Measured {
    V ratios, elements;
  };
  template <class V, class C>
  static void measure(V u, V, const State<V>& state, const C& c, Measured<V>& sums) {
    const V square = u * u, second = average_square(c.weight, square, state.exp_avg_sq);
    // Where squares overflow their ratio is 0, or NaN if u is.
    const V numerator = select(is_finite(second), square, u);
    sums.ratios += divide_or_zero(numerator, max(second, c.smallest));
    sums.elements += V(1);
  }

  template <class S>
  struct Coefficients {
    S weight1, weight2, epsilon, scale, scaled_decay;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state,
                                    const Measured<double>& measured) const {
    const double rms = std::sqrt(measured.ratios / measured.elements), scale = rms > 1 ? 1 / rms : 1;
    return {(1 - beta1(step.index)) / (1 - rule_state.beta1_power),
            (1 - beta2(step.index)) / (1 - rule_state.beta2_power), epsilon, scale,
            scale * weight_decay(step.index)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.exp_avg = fma(c.weight1, u - state.exp_avg, state.exp_avg);
    state.exp_avg_sq = average_square(c.weight2, u * u, state.exp_avg_sq);
    return fma(c.scaled_decay, p,
               divide_or_zero(c.scale * state.exp_avg, sqrt(state.exp_avg_sq) + c.epsilon));
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::positive);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};

}  // namespace descent
