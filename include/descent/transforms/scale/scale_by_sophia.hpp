// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Divides the average of updates by an average of the Hessian's diagonal, and clips the result.
///
///   h = beta2 h + (1 - beta2) H      if the caller passes an estimate H of the diagonal
///   m = beta1 m + (1 - beta1) u
///   u = clip(m / max(h, epsilon), -clip_threshold, clip_threshold)
///
/// Pass the estimate with `optimizer.observe_hessian(H)`, about every ten steps.
/// Memory: 2 values a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Liu et al. 2023, arXiv:2305.14342, Algorithm 3.
/// Differs from: Optax, which corrects m and has gamma (0.01); pytorch_optimizer as here.
struct ScaleBySophia {
  Schedule beta1 = 0.96;         ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.99;         ///< decay of the average of the Hessian's diagonal, in [0, 1)
  double epsilon = 1e-12;        ///< smallest curvature, greater than 0
  double clip_threshold = 0.01;  ///< largest size of an element of the update, greater than 0
  double gamma = 1;              ///< max(gamma h, epsilon), greater than 0
  bool bias_correction = false;  ///< m / (1 - beta1^t)

  static constexpr RuleTraits traits{.takes_hessian = true};

  DESCENT_STATE(exp_avg, hessian)

  struct RuleState {
    double beta1_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, correction, gamma, epsilon, clip_threshold;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    const double correction =
        bias_correction && rule_state.beta1_power < 1 ? descent::bias_correction(rule_state.beta1_power) : 1;
    return {b1, 1 - b1, b2, 1 - b2, correction, gamma, epsilon, clip_threshold};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    const V average = c.correction * state.exp_avg;
    // Without divide_or_zero, since an average other than 0 over a curvature of 0 is clipped.
    const V ratio = select(average == V(0), average, average / max(c.gamma * state.hessian, c.epsilon));
    return max(min(ratio, c.clip_threshold), -c.clip_threshold);
  }
  template <class V, class C>
  static void observe_hessian(V h, State<V>& state, const C& c) {
    state.hessian = fma(c.beta2, state.hessian, c.one_minus_beta2 * h);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::positive);
    check("clip_threshold", clip_threshold, legal::positive);
    check("gamma", gamma, legal::positive);
  }
};

}  // namespace descent
