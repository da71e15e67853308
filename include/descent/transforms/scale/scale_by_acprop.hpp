// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Divides the update by the deviation of earlier updates from their average.
///
///   u' = u / (sqrt(s / (1 - beta2^(t-1))) + epsilon),   u / (1 + epsilon) at the first step
///   m = beta1 m + (1 - beta1) u          s = beta2 s + (1 - beta2) (u - m)^2 + epsilon_root
///
/// Memory: 2 values a parameter, and the power of beta2. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhuang et al. 2021, arXiv:2110.05454.
/// Differs from: Optax's scale_by_acprop, which has center_on_last.
struct ScaleByAcProp {
  Schedule beta1 = 0.9;         ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;       ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-16;       ///< added to the denominator, not negative
  double epsilon_root = 1e-16;  ///< added to s at every step, not negative
  bool center_on_last = false;  ///< uses u - m with the average of the previous step

  DESCENT_STATE(exp_avg, exp_avg_var)
  static constexpr RuleTraits traits{.stores_start = true};

  struct RuleState {
    double beta2_power = 1, last_beta2_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.last_beta2_power = rule_state.beta2_power;
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, correction, first, epsilon, epsilon_root,
        center_on_last;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    const bool first = step.is_first();
    const double correction = first ? 0 : bias_correction(rule_state.last_beta2_power);
    return {b1,      1 - b1,       b2,
            1 - b2,  correction,   first ? 1.0 : 0.0,
            epsilon, epsilon_root, center_on_last ? 1.0 : 0.0};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V scaled = divide_or_zero(u, sqrt(fma(c.correction, state.exp_avg_var, c.first)) + c.epsilon);
    const V last = state.exp_avg;
    state.exp_avg = fma(c.beta1, last, c.one_minus_beta1 * u);
    const V surprise = u - select(c.center_on_last > V(0), last, state.exp_avg);
    state.exp_avg_var =
        fma(c.beta2, state.exp_avg_var, c.one_minus_beta2 * surprise * surprise) + c.epsilon_root;
    return scaled;
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("epsilon_root", epsilon_root, legal::non_negative);
  }
};

}  // namespace descent
