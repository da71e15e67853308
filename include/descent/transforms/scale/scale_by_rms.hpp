// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Divides the update by the root of its average square.
///
///   v = decay v + (1 - decay) u^2          u = u / (sqrt(v) + epsilon)
///
/// Memory: 1 value a parameter, and the power of decay. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Tieleman & Hinton 2012, Coursera lecture 6.5.
/// Differs from: Optax, Keras and TensorFlow, which have epsilon in the root (in TensorFlow v starts at 1);
/// PyTorch as here.
struct ScaleByRms {
  Schedule decay = 0.99;          ///< decay of the average of squares, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  bool epsilon_in_root = false;   ///< sqrt(v + epsilon) instead of sqrt(v) + epsilon
  double initial_square_avg = 0;  ///< average of squared gradients before the first step, not negative
  bool bias_correction = false;   ///< divides v by 1 - decay^t

  static constexpr RuleTraits traits{.has_initial_state = true};

  DESCENT_STATE(square_avg)
  State<double> initial_state() const { return {initial_square_avg}; }

  struct RuleState {
    double decay_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.decay_power = next_power(rule_state.decay_power, decay(step.index));
  }

  template <class S>
  struct Coefficients {
    S decay, one_minus_decay, correction, epsilon_inside, epsilon_outside;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double d = decay(step.index);
    const double inside = epsilon_in_root ? epsilon : 0, outside = epsilon_in_root ? 0 : epsilon;
    return {d, 1 - d, bias_correction ? descent::bias_correction(rule_state.decay_power) : 1,
            keep_above_zero(inside, outside), outside};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.square_avg = fma(c.decay, state.square_avg, c.one_minus_decay * u * u);
    return u / (sqrt(fma(c.correction, state.square_avg, c.epsilon_inside)) + c.epsilon_outside);
  }

  void check(const Check& check) const {
    check("decay", decay, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("initial_square_avg", initial_square_avg, legal::non_negative);
  }
};

}  // namespace descent
