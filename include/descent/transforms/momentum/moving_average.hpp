// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Momentum as an average: replaces the update by its exponential moving average.
///
///   b = momentum b + (1 - momentum) u
///   u = b, or with nesterov: u = momentum b + (1 - momentum) u
///
/// Memory: 1 value a parameter, and the power of momentum. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: the momentum of Muon (Jordan et al. 2024); with bias_correction that of Optax.
struct MovingAverage {
  Schedule momentum = 0.95;      ///< decay of the average, in [0, 1)
  bool nesterov = false;         ///< Nesterov momentum
  bool bias_correction = false;  ///< divides b by 1 - momentum^t; with nesterov b by 1 - momentum^(t+1) and u
                                 ///< by 1 - momentum^t

  DESCENT_STATE(momentum_buffer)

  struct RuleState {
    double momentum_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.momentum_power = next_power(rule_state.momentum_power, momentum(step.index));
  }

  template <class S>
  struct Coefficients {
    S momentum, one_minus_momentum, buffer_weight, gradient_weight;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double m = momentum(step.index), power = bias_correction ? rule_state.momentum_power : 0;
    if (!nesterov) return {m, 1 - m, descent::bias_correction(power), 0};
    return {m, 1 - m, m / (1 - power * momentum(step.index + 1)), (1 - m) / (1 - power)};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.momentum_buffer = fma(c.momentum, state.momentum_buffer, c.one_minus_momentum * u);
    return fma(c.buffer_weight, state.momentum_buffer, c.gradient_weight * u);
  }

  void check(const Check& check) const {
    check("momentum", momentum, legal::decay_rate);
    if (nesterov) check.of_next_step()("momentum", momentum, legal::decay_rate);
  }
};

}  // namespace descent
