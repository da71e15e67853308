// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Scales the update by Adam's two moments.
///
///   m = beta1 m + (1 - beta1) u          v = beta2 v + (1 - beta2) u^2
///   u = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
///
/// Memory: 2 values a parameter, and the powers of the betas. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1.
/// Differs from: Keras and ensmallen, which have epsilon_before_correction; Optax calls epsilon_root
/// eps_root. If a beta varies, the bias correction uses the product of its values.
struct ScaleByAdam {
  Schedule beta1 = 0.9;                    ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;                  ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;                   ///< added to the denominator, not negative
  double epsilon_root = 0;                 ///< added inside the square root, not negative
  bool epsilon_before_correction = false;  ///< adds both epsilons to v before the bias correction (the
                                           ///< paper's "epsilon hat")
  bool correct_first_moment = true;        ///< divides m by 1 - beta1^t
  bool correct_second_moment = true;       ///< divides v by 1 - beta2^t
  bool gradient_averaging = true;          ///< false omits the factor 1 - beta1: m = beta1 m + u

  DESCENT_STATE(exp_avg, exp_avg_sq)

  struct RuleState {
    double beta1_power = 1, beta2_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, correction1, correction2, epsilon, epsilon_root;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    const double correction1 = correct_first_moment ? bias_correction(rule_state.beta1_power) : 1;
    const double correction2 = correct_second_moment ? bias_correction(rule_state.beta2_power) : 1;
    double added = epsilon, root = epsilon_root, gradient_weight = 1 - b1;
    // Branches, since selecting values would slow down the usual case.
    if (epsilon_before_correction) [[unlikely]] {
      added *= std::sqrt(correction2);
      root *= correction2;
    }
    if (!gradient_averaging) [[unlikely]]
      gradient_weight = 1;
    return {b1, gradient_weight, b2, 1 - b2, correction1, correction2, added, keep_above_zero(root, added)};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    return c.correction1 * state.exp_avg /
           (sqrt(fma(c.correction2, state.exp_avg_sq, c.epsilon_root)) + c.epsilon);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("epsilon_root", epsilon_root, legal::non_negative);
  }
};

}  // namespace descent
