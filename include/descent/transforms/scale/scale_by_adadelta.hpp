// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Scales the update to the size of recent updates, so that it has the unit of the parameters.
///
///   v = rho v + (1 - rho) u^2          d = sqrt(a + epsilon) / sqrt(v + epsilon) u
///   a = rho a + (1 - rho) d^2          u = d
///
/// Memory: 2 values a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zeiler 2012, arXiv:1212.5701, Algorithm 1. PyTorch, Optax and Keras as here.
struct ScaleByAdadelta {
  Schedule rho = 0.9;     ///< decay of the averages, in [0, 1]
  double epsilon = 1e-6;  ///< added inside both square roots, not negative

  DESCENT_STATE(square_avg, acc_delta)

  template <class S>
  struct Coefficients {
    S rho, one_minus_rho, epsilon;
  };
  Coefficients<double> coefficients(Step step) const {
    const double r = rho(step.index);
    return {r, 1 - r, epsilon};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.square_avg = fma(c.rho, state.square_avg, c.one_minus_rho * u * u);
    const V delta = divide_or_zero(sqrt(state.acc_delta + c.epsilon), sqrt(state.square_avg + c.epsilon)) * u;
    state.acc_delta = fma(c.rho, state.acc_delta, c.one_minus_rho * delta * delta);
    return delta;
  }

  void check(const Check& check) const {
    check("rho", rho, legal::unit_interval);
    check("epsilon", epsilon, legal::non_negative);
  }
};

}  // namespace descent
