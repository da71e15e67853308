// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// A mix of the update and its moving average.
///
///   b = momentum b + (1 - momentum) u          u = (1 - nu) u + nu b
///
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ma & Yarats 2019, arXiv:1810.06801. If nu equals momentum, this is Nesterov's momentum.
struct QuasiHyperbolicMomentum {
  Schedule momentum = 0.999;  ///< decay of the average, in [0, 1)
  Schedule nu = 0.7;          ///< weight of the average, in [0, 1]

  DESCENT_STATE(momentum_buffer)

  template <class S>
  struct Coefficients {
    S momentum, one_minus_momentum, nu, one_minus_nu;
  };
  Coefficients<double> coefficients(Step step) const {
    const double m = momentum(step.index), n = nu(step.index);
    return {m, 1 - m, n, 1 - n};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.momentum_buffer = fma(c.momentum, state.momentum_buffer, c.one_minus_momentum * u);
    return fma(c.nu, state.momentum_buffer, c.one_minus_nu * u);
  }

  void check(const Check& check) const {
    check("momentum", momentum, legal::decay_rate);
    check("nu", nu, legal::unit_interval);
  }
};

}  // namespace descent
