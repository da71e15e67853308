// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Momentum of updates that were scaled first, which separates adaptivity from momentum.
///
///   v = beta2 v + (1 - beta2) u^2          n = u / (sqrt(v / (1 - beta2^t)) + epsilon)
///   m = beta1 m + (1 - beta1) weight n     w = beta1 w + (1 - beta1) weight
///   u = m / w,   which is m / (1 - beta1^t) if the weight is constant; 0 until a weight is not 0
///
/// Memory: 2 values a parameter, w and the power of beta2. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ziyin, Wang & Ueda 2020, arXiv:2002.04839.
struct ScaleByLaProp {
  Schedule beta1 = 0.9;    ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;  ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-15;  ///< added to the denominator, not negative
  Schedule weight = 1.0;   ///< weight of this step's update in the average, not negative

  DESCENT_STATE(exp_avg, exp_avg_sq)

  struct RuleState {
    double average_weight = 0, beta2_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    const double b1 = beta1(step.index);
    rule_state.average_weight = b1 * rule_state.average_weight + (1 - b1) * weight(step.index);
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, gradient_weight, beta2, one_minus_beta2, correction1, correction2, epsilon;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index), weights = rule_state.average_weight;
    return {b1,     (1 - b1) * weight(step.index), b2,
            1 - b2, weights > 0 ? 1 / weights : 0, bias_correction(rule_state.beta2_power),
            epsilon};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    const V size = sqrt(c.correction2 * state.exp_avg_sq) + c.epsilon;
    const V scaled = divide_or_zero(u, size);
    state.exp_avg = fma(c.beta1, state.exp_avg, c.gradient_weight * scaled);
    return c.correction1 * state.exp_avg;
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("weight", weight, legal::non_negative);
  }
};

}  // namespace descent
