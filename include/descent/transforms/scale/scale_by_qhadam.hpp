// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>

namespace descent {

/// Scales the update by Adam's moments, each mixed with its current value.
///
///   m = beta1 m + (1 - beta1) u          v = beta2 v + (1 - beta2) u^2
///   u = ((1 - nu1) u + nu1 m / (1 - beta1^t)) / (sqrt((1 - nu2) u^2 + nu2 v / (1 - beta2^t)) + epsilon)
///
/// Memory: 2 values a parameter, and the powers of the betas. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ma & Yarats 2019, arXiv:1810.06801, Algorithm 2. With nu1 = nu2 = 1 it is ScaleByAdam.
/// Differs from: pytorch_optimizer 3.9, whose second moment becomes negative.
struct ScaleByQhAdam {
  Schedule beta1 = 0.995;  ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;  ///< decay of the average of squared gradients, in [0, 1)
  Schedule nu1 = 0.7;      ///< weight of the average of updates, in [0, 1]
  Schedule nu2 = 1.0;      ///< weight of the average of squares, in [0, 1]
  double epsilon = 1e-8;   ///< added to the denominator, not negative

  DESCENT_STATE(exp_avg, exp_avg_sq)

  using RuleState = ScaleByAdam::RuleState;
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, average1, plain1, average2, plain2, epsilon;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index), n1 = nu1(step.index), n2 = nu2(step.index);
    const double average1 = n1 / (1 - rule_state.beta1_power), average2 = n2 / (1 - rule_state.beta2_power);
    return {b1, 1 - b1, b2, 1 - b2, average1, 1 - n1, average2, 1 - n2, epsilon};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    return divide_or_zero(fma(c.average1, state.exp_avg, c.plain1 * u),
                          sqrt(fma(c.average2, state.exp_avg_sq, c.plain2 * u * u)) + c.epsilon);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("nu1", nu1, legal::unit_interval);
    check("nu2", nu2, legal::unit_interval);
    check("epsilon", epsilon, legal::non_negative);
  }
};

}  // namespace descent
