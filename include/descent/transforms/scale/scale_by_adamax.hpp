// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Divides the average of updates by their largest recent size.
///
///   m = beta1 m + (1 - beta1) u          n = max(beta2 n, |u| + epsilon)
///   u = (m / (1 - beta1^t)) / n
///
/// Memory: 2 values a parameter, and the power of beta1. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Kingma & Ba 2015, arXiv:1412.6980, Algorithm 2.
/// Differs from: Keras and ensmallen, which add epsilon to n after the maximum; PyTorch and Optax as here.
struct ScaleByAdamax {
  Schedule beta1 = 0.9;    ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;  ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;   ///< added to |u|, not negative

  DESCENT_STATE(exp_avg, exp_inf)

  struct RuleState {
    double beta1_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, correction1, epsilon;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index);
    return {b1, 1 - b1, beta2(step.index), bias_correction(rule_state.beta1_power), epsilon};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    state.exp_inf = max(abs(u) + c.epsilon, c.beta2 * state.exp_inf);
    return divide_or_zero(c.correction1 * state.exp_avg, state.exp_inf);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
  }
};

}  // namespace descent
