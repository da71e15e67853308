// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>

namespace descent {

/// Scales a mix of a fast and a slow average of updates by Adam's second moment.
///
///   m1 = beta1 m1 + (1 - beta1) u          m2 = beta3 m2 + (1 - beta3) u
///   v = beta2 v + (1 - beta2) u^2
///   u = (m1 / (1 - beta1^t) + alpha m2) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
///
/// Memory: 3 values a parameter, and the powers of beta1 and beta2. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Pagliardini, Ablin & Grangier 2024, arXiv:2409.03137.
/// Differs from: pytorch_optimizer, which corrects m2 as m1; Optax and the authors' code as here.
struct ScaleByAdEMAMix {
  Schedule beta1 = 0.9;               ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;             ///< decay of the average of squared gradients, in [0, 1)
  Schedule beta3 = 0.9999;            ///< decay of the slow average, in [0, 1)
  Schedule alpha = 5.0;               ///< weight of the slow average, not negative
  double epsilon = 1e-8;              ///< added to the denominator, not negative
  double epsilon_root = 0;            ///< added inside the square root, not negative
  bool correct_slow_average = false;  ///< divides m2 by 1 - beta1^t

  DESCENT_STATE(exp_avg, exp_avg_slow, exp_avg_sq)

  using RuleState = ScaleByAdam::RuleState;
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, beta3, one_minus_beta3;
    S fast_weight, slow_weight, correction2, epsilon, epsilon_root;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index), b3 = beta3(step.index);
    const double correction1 = bias_correction(rule_state.beta1_power);
    return {b1,
            1 - b1,
            b2,
            1 - b2,
            b3,
            1 - b3,
            correction1,
            correct_slow_average ? alpha(step.index) * correction1 : alpha(step.index),
            bias_correction(rule_state.beta2_power),
            epsilon,
            epsilon_root};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    state.exp_avg_slow = fma(c.beta3, state.exp_avg_slow, c.one_minus_beta3 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    return divide_or_zero(fma(c.fast_weight, state.exp_avg, c.slow_weight * state.exp_avg_slow),
                          sqrt(fma(c.correction2, state.exp_avg_sq, c.epsilon_root)) + c.epsilon);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("beta3", beta3, legal::decay_rate);
    check("alpha", alpha, legal::non_negative);
    check("epsilon", epsilon, legal::non_negative);
    check("epsilon_root", epsilon_root, legal::non_negative);
  }
};

}  // namespace descent
