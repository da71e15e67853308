// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>

#include <limits>

namespace descent {

/// Scales the update by Adam's first moment and a second moment that changes by bounded steps.
///
///   m = beta1 m + (1 - beta1) u          v = v - (1 - beta2) sign(v - u^2) u^2
///   u = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
///
/// Memory: 2 values a parameter, and the powers of the betas. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zaheer et al. 2018, "Adaptive Methods for Nonconvex Optimization", NeurIPS.
/// Differs from: the paper and ensmallen, which correct neither moment; Optax as here.
struct ScaleByYogi {
  Schedule beta1 = 0.9;               ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;             ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-3;              ///< added to the denominator, not negative
  double initial_accumulator = 1e-6;  ///< m and v before the first step, not negative
  double epsilon_root = 0;            ///< added inside the square root, not negative
  bool correct_first_moment = true;   ///< divides m by 1 - beta1^t
  bool correct_second_moment = true;  ///< divides v by 1 - beta2^t

  static constexpr RuleTraits traits{.has_initial_state = true};

  DESCENT_STATE(exp_avg, exp_avg_sq)
  State<double> initial_state() const { return {initial_accumulator, initial_accumulator}; }

  using RuleState = ScaleByAdam::RuleState;
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, one_minus_beta2, correction1, correction2, epsilon, epsilon_root;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index);
    return {b1,
            1 - b1,
            1 - beta2(step.index),
            correct_first_moment ? bias_correction(rule_state.beta1_power) : 1,
            correct_second_moment ? bias_correction(rule_state.beta2_power) : 1,
            epsilon,
            epsilon_root};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V square = u * u;
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    // An average that has overflowed stays infinite, and the update is 0; infinity - infinity has no sign.
    const V distance = max(state.exp_avg_sq - square, V(std::numeric_limits<typename V::Scalar>::lowest()));
    const V next = state.exp_avg_sq - c.one_minus_beta2 * square * sign(distance);
    state.exp_avg_sq = select(is_finite(state.exp_avg_sq), next, state.exp_avg_sq);
    return divide_or_zero(c.correction1 * state.exp_avg,
                          sqrt(fma(c.correction2, state.exp_avg_sq, c.epsilon_root)) + c.epsilon);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("initial_accumulator", initial_accumulator, legal::non_negative);
    check("epsilon_root", epsilon_root, legal::non_negative);
  }
};

}  // namespace descent
