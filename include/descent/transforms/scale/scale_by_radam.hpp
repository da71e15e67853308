// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>

#include <cmath>

namespace descent {

/// Scales the update by Adam's moments, rectified for the few samples in the second moment at the beginning.
///
///   m = beta1 m + (1 - beta1) u          v = beta2 v + (1 - beta2) u^2
///   rho_inf = 2 / (1 - beta2) - 1        rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
///   r = sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho))
///   u = m / (1 - beta1^t)                                                         if rho <= threshold
///   u = r (m / (1 - beta1^t)) sqrt(1 - beta2^t) / (sqrt(v) + epsilon)             otherwise
///
/// Memory: 2 values a parameter, and the powers of the betas. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Liu et al. 2020, arXiv:1908.03265, Algorithm 2.
/// Differs from: Optax, which rectifies at the threshold and adds epsilon after the correction.
struct ScaleByRAdam {
  Schedule beta1 = 0.9;                   ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;                 ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;                  ///< added to the denominator, not negative
  double threshold = 5;                   ///< of rho, at least 4
  bool rectify_at_threshold = false;      ///< adaptive steps also at rho = threshold
  bool epsilon_before_correction = true;  ///< false adds epsilon to sqrt(v / (1 - beta2^t) + epsilon_root)
  double epsilon_root = 0;                ///< added inside the square root, not negative
  bool nesterov = false;                  ///< Nesterov momentum, as NAdam with a constant momentum

  DESCENT_STATE(exp_avg, exp_avg_sq)

  using RuleState = ScaleByAdam::RuleState;
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, momentum_weight, gradient_weight, correction2, epsilon,
        epsilon_root, rectification, rectified;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index), p1 = rule_state.beta1_power,
                 p2 = rule_state.beta2_power;
    const double rho_inf = 2 / (1 - b2) - 1, rho = rho_inf - 2 * step.t() * p2 / (1 - p2);
    const bool rectified = rho > threshold || (rectify_at_threshold && rho == threshold);
    const double r2 = (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho);
    const double correction2 = bias_correction(p2);
    return {b1,
            1 - b1,
            b2,
            1 - b2,
            nesterov ? b1 / (1 - p1 * beta1(step.index + 1)) : bias_correction(p1),
            nesterov ? (1 - b1) / (1 - p1) : 0,
            correction2,
            epsilon_before_correction ? epsilon * std::sqrt(correction2) : epsilon,
            epsilon_root,
            rectified ? std::sqrt(r2) : 0,
            rectified ? 1.0 : 0.0};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    const V momentum = fma(c.momentum_weight, state.exp_avg, c.gradient_weight * u);
    const V adaptive = divide_or_zero(c.rectification * momentum,
                                      sqrt(fma(c.correction2, state.exp_avg_sq, c.epsilon_root)) + c.epsilon);
    return select(c.rectified > V(0), adaptive, momentum);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    if (nesterov) check.of_next_step()("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("threshold", threshold, legal::at_least(4));
    check("epsilon_root", epsilon_root, legal::non_negative);
  }
};

}  // namespace descent
