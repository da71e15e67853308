// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// The sign of a mix of the update and its average.
///
///   u' = sign(beta1 m + (1 - beta1) u)          m = beta2 m + (1 - beta2) u
///
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Chen et al. 2023, arXiv:2302.06675, Program 1. Optax, timm and Keras as here.
struct ScaleByLion {
  Schedule beta1 = 0.9;   ///< weight of the average in the sign, in [0, 1)
  Schedule beta2 = 0.99;  ///< decay of the average, in [0, 1)

  DESCENT_STATE(exp_avg)

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2;
  };
  Coefficients<double> coefficients(Step step) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    return {b1, 1 - b1, b2, 1 - b2};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V direction = sign(fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u));
    state.exp_avg = fma(c.beta2, state.exp_avg, c.one_minus_beta2 * u);
    return direction;
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
  }
};

}  // namespace descent
