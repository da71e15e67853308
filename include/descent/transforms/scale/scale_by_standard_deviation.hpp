// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/scale/scale_by_rms.hpp>

namespace descent {

/// Divides the update by its standard deviation: ScaleByRms minus the square of the mean.
///
///   m = decay m + (1 - decay) u          v = decay v + (1 - decay) u^2
///   u = u / (sqrt(v - m^2) + epsilon)
///
/// Memory: 2 values a parameter, and the power of decay. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Graves 2013, arXiv:1308.0850, equations 38 to 40.
/// Differs from: PyTorch (RMSprop with `centered`), whose root is NaN if rounding makes the variance
/// negative; here the variance is at least 0.
struct ScaleByStandardDeviation {
  Schedule decay = 0.99;          ///< decay of the average of squares, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  bool epsilon_in_root = false;   ///< sqrt(v + epsilon) instead of sqrt(v) + epsilon
  double initial_square_avg = 0;  ///< average of squared gradients before the first step, not negative
  bool bias_correction = false;   ///< divides both averages by 1 - decay^t

  static constexpr RuleTraits traits{.has_initial_state = true};

  DESCENT_STATE(square_avg, grad_avg)
  State<double> initial_state() const { return {initial_square_avg, 0}; }

  using RuleState = ScaleByRms::RuleState;
  void advance(RuleState& rule_state, Step step) const { raw().advance(rule_state, step); }

  template <class S>
  using Coefficients = ScaleByRms::Coefficients<S>;
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    auto constants = raw().coefficients(step, rule_state);
    constants.epsilon_inside = epsilon_in_root ? epsilon : 0;  // a variance of 0 is checked for
    return constants;
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.square_avg = fma(c.decay, state.square_avg, c.one_minus_decay * u * u);
    state.grad_avg = fma(c.decay, state.grad_avg, c.one_minus_decay * u);
    const V mean = c.correction * state.grad_avg;
    const V variance = max(fma(-mean, mean, c.correction * state.square_avg), V(0));
    return divide_or_zero(u, sqrt(variance + c.epsilon_inside) + c.epsilon_outside);
  }

  void check(const Check& check) const { raw().check(check); }

 private:
  ScaleByRms raw() const { return {decay, epsilon, epsilon_in_root, initial_square_avg, bias_correction}; }
};

}  // namespace descent
