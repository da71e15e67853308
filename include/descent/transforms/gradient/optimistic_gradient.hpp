// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Extrapolates the last change of the update.
///
///   u' = (alpha + beta) u - beta u_before,   alpha u at the first step
///
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Daskalakis et al. 2018, arXiv:1711.00141; Mokhtari et al. 2020, arXiv:1901.08511 (alpha, beta).
/// Optax's scale_by_optimistic_gradient as here.
struct OptimisticGradient {
  Schedule alpha = 1.0;  ///< weight of the current update, not negative
  Schedule beta = 1.0;   ///< weight of the change of the update, not negative

  DESCENT_STATE(previous_gradient)
  static constexpr RuleTraits traits{.stores_start = true};

  template <class S>
  struct Coefficients {
    S now, before;
  };
  Coefficients<double> coefficients(Step step) const {
    const double a = alpha(step.index), b = step.is_first() ? 0 : beta(step.index);
    return {a + b, -b};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V ahead = fma(c.before, state.previous_gradient, c.now * u);
    state.previous_gradient = u;
    return ahead;
  }

  void check(const Check& check) const {
    check("alpha", alpha, legal::non_negative);
    check("beta", beta, legal::non_negative);
  }
};

}  // namespace descent
