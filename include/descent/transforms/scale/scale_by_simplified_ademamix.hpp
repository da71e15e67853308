// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Scales a sum of momentum and update by Adam's second moment.
///
///   m = beta1 m + u          v = beta2 v + (1 - beta2) u^2
///   u = (m + alpha u) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
///
/// Memory: 2 values a parameter, and the power of beta2. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Morwani et al. 2025, arXiv:2502.02431.
/// Differs from: pytorch_optimizer, which averages and divides by the correction; Optax as here.
struct ScaleBySimplifiedAdEMAMix {
  Schedule beta1 = 0.99;              ///< decay of the sum of updates, in [0, 1)
  Schedule beta2 = 0.95;              ///< decay of the average of squared gradients, in [0, 1)
  Schedule alpha = 0.0;               ///< weight of the current update, not negative
  double epsilon = 1e-8;              ///< added to the denominator, not negative
  double epsilon_root = 0;            ///< added inside the square root, not negative
  bool average = false;               ///< m = beta1 m + (1 - beta1) u
  bool divide_by_correction = false;  ///< divides the result by 1 - beta2^t

  DESCENT_STATE(exp_avg, exp_avg_sq)

  struct RuleState {
    double beta2_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, gradient_weight, beta2, one_minus_beta2, alpha, correction2, scale, epsilon, epsilon_root;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    const double correction2 = bias_correction(rule_state.beta2_power);
    return {b1,
            average ? 1 - b1 : 1,
            b2,
            1 - b2,
            alpha(step.index),
            correction2,
            divide_by_correction ? correction2 : 1,
            epsilon,
            epsilon_root};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.gradient_weight * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    return divide_or_zero(c.scale * fma(c.alpha, u, state.exp_avg),
                          sqrt(fma(c.correction2, state.exp_avg_sq, c.epsilon_root)) + c.epsilon);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("alpha", alpha, legal::non_negative);
    check("epsilon", epsilon, legal::non_negative);
    check("epsilon_root", epsilon_root, legal::non_negative);
  }
};

}  // namespace descent
