// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>

#include <cmath>

namespace descent {

/// Scales the update as ScaleByAdam does, with a second moment that never decreases.
///
///   m = beta1 m + (1 - beta1) u          v = beta2 v + (1 - beta2) u^2          w = max(w, v)
///   u = (m / (1 - beta1^t)) / (sqrt(w / (1 - beta2^t) + epsilon_root) + epsilon)
///
/// Memory: 3 values a parameter, and the powers of the betas. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Reddi, Kale & Kumar 2018, arXiv:1904.09237, Algorithm 2 (without corrections).
/// Differs from: Optax, which has max_of_corrected; PyTorch and Keras as here.
struct ScaleByAmsgrad {
  Schedule beta1 = 0.9;                    ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;                  ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;                   ///< added to the denominator, not negative
  double epsilon_root = 0;                 ///< added inside the square root, not negative
  bool epsilon_before_correction = false;  ///< adds both epsilons to v before the bias correction
  bool correct_first_moment = true;        ///< divides m by 1 - beta1^t
  bool correct_second_moment = true;       ///< divides v by 1 - beta2^t
  bool max_of_corrected = false;           ///< takes the maximum of v / (1 - beta2^t) instead of v

  DESCENT_STATE(exp_avg, exp_avg_sq, max_exp_avg_sq)

  using RuleState = ScaleByAdam::RuleState;
  void advance(RuleState& rule_state, Step step) const { moments().advance(rule_state, step); }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, correction1, before_max, after_max, epsilon,
        epsilon_root;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const auto adam = moments().coefficients(step, rule_state);
    const double before = max_of_corrected ? adam.correction2 : 1,
                 after = max_of_corrected ? 1 : adam.correction2;
    return {
        adam.beta1, adam.one_minus_beta1, adam.beta2,       adam.one_minus_beta2, adam.correction1, before,
        after,      adam.epsilon,         adam.epsilon_root};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    state.max_exp_avg_sq = max(c.before_max * state.exp_avg_sq, state.max_exp_avg_sq);
    return c.correction1 * state.exp_avg /
           (sqrt(fma(c.after_max, state.max_exp_avg_sq, c.epsilon_root)) + c.epsilon);
  }

  void check(const Check& check) const { moments().check(check); }

 private:
  ScaleByAdam moments() const {
    return {beta1,
            beta2,
            epsilon,
            epsilon_root,
            epsilon_before_correction,
            correct_first_moment,
            correct_second_moment};
  }
};

}  // namespace descent
