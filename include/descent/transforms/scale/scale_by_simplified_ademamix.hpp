// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Scales a sum of momentum and update by Adam's second moment.
///
///   m = beta1 m + u          v = beta2 v + (1 - beta2) u^2
///   u = (m + alpha u) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
///
/// Options: beta1, beta2 in [0, 1), schedules (0.99, 0.95); alpha >= 0, a schedule (0); epsilon >= 0 (1e-8);
/// epsilon_root >= 0 (0); average (false): m = beta1 m + (1 - beta1) u; divide_by_correction (false): the
/// result is divided by 1 - beta2^t.
/// Memory: 2 values a parameter, and the power of beta2. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Morwani et al. 2025, arXiv:2502.02431.
/// Differs from: pytorch_optimizer, which averages and divides by the correction; Optax as here.
struct ScaleBySimplifiedAdEMAMix {
  Schedule beta1 = 0.99, beta2 = 0.95;
  Schedule alpha = 0.0;
  double epsilon = 1e-8;
  double epsilon_root = 0;
  bool average = false;
  bool divide_by_correction = false;

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
