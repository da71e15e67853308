// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>

#include <cmath>

namespace descent {

/// Divides the average of updates by their deviation from it, the "belief".
///
///   m = beta1 m + (1 - beta1) u          s = beta2 s + (1 - beta2) (u - m)^2 + epsilon_root
///   u = (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)
///   rectify:   if RAdam's rho is below 5, u = m / (1 - beta1^t), or 0 without degenerate_to_sgd;
///              otherwise u = r m / (1 - beta1^t) sqrt(1 - beta2^t) / (sqrt(s) + epsilon)
///
/// Memory: 2 values a parameter, and the powers of the betas. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhuang et al. 2020, arXiv:2010.07468, Algorithm 2.
/// Differs from: ensmallen, which has 1e-12 for both epsilons; timm, which has one number for both; otherwise
/// timm and Optax as here.
struct ScaleByAdaBelief {
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-16;         ///< added to the denominator, not negative
  double epsilon_root = 1e-16;    ///< added to s at every step, not negative
  bool rectify = false;           ///< the first steps as in RAdam, with a threshold of 5
  bool degenerate_to_sgd = true;  ///< with rectify, the first steps are plain momentum; false skips them
  bool nesterov = false;          ///< Nesterov momentum, as NAdam with a constant momentum

  DESCENT_STATE(exp_avg, exp_avg_var)

  using RuleState = ScaleByAdam::RuleState;
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, momentum_weight, gradient_weight, correction2, epsilon,
        epsilon_root, adaptive_weight, plain_weight;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index), p1 = rule_state.beta1_power;
    const double correction2 = bias_correction(rule_state.beta2_power);
    const auto [adaptive, plain] = weights(step, b2, rule_state.beta2_power);
    return {b1,
            1 - b1,
            b2,
            1 - b2,
            nesterov ? b1 / (1 - p1 * beta1(step.index + 1)) : bias_correction(p1),
            nesterov ? (1 - b1) / (1 - p1) : 0,
            correction2,
            rectify ? epsilon * std::sqrt(correction2) : epsilon,
            epsilon_root,
            adaptive,
            plain};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V momentum = average(u, state, c);
    return scaled(momentum, state.exp_avg_var, c);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    if (nesterov) check.of_next_step()("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("epsilon_root", epsilon_root, legal::non_negative);
  }

  /// Adds the update to both moments; returns the corrected first one. The amsgrad form uses it, too.
  template <class V, class Slots, class C>
  static V average(V u, Slots& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    const V surprise = u - state.exp_avg;
    state.exp_avg_var =
        fma(c.beta2, state.exp_avg_var, c.one_minus_beta2 * surprise * surprise) + c.epsilon_root;
    return fma(c.momentum_weight, state.exp_avg, c.gradient_weight * u);
  }
  template <class V, class C>
  static V scaled(V momentum, V variance, const C& c) {
    const V adaptive =
        divide_or_zero(c.adaptive_weight * momentum, sqrt(c.correction2 * variance) + c.epsilon);
    return select(c.adaptive_weight > V(0), adaptive, c.plain_weight * momentum);
  }

 private:
  struct Weights {
    double adaptive, plain;
  };
  Weights weights(Step step, double b2, double p2) const {
    if (!rectify) return {1, 0};
    const double most = 2 / (1 - b2) - 1, rho = most - 2 * step.t() * p2 / (1 - p2);
    if (rho < 5) return {0, degenerate_to_sgd ? 1.0 : 0.0};
    return {std::sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)), 0};
  }
};

namespace detail {
/// ScaleByAdaBelief with a variance that never decreases.
struct ScaleByAmsBelief {
  ScaleByAdaBelief belief;

  DESCENT_STATE(exp_avg, exp_avg_var, max_exp_avg_var)

  using RuleState = ScaleByAdaBelief::RuleState;
  void advance(RuleState& rule_state, Step step) const { belief.advance(rule_state, step); }
  template <class S>
  using Coefficients = ScaleByAdaBelief::Coefficients<S>;
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    return belief.coefficients(step, rule_state);
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V momentum = ScaleByAdaBelief::average(u, state, c);
    state.max_exp_avg_var = max(state.exp_avg_var, state.max_exp_avg_var);
    return ScaleByAdaBelief::scaled(momentum, state.max_exp_avg_var, c);
  }

  void check(const Check& check) const { belief.check(check); }
};
}  // namespace detail

}  // namespace descent
