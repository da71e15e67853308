// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Adds a multiple of the change since the previous step to the update, to reduce the noise of mini-batches.
///
///   c = u + gamma beta1 / (1 - beta1) (u - u_before),   u_before = 0 at the first step
///
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Yuan et al. 2024, arXiv:2411.10438, in the approximate form, which needs only one gradient per
/// step.
struct MarsCorrection {
  Schedule beta1 = 0.95;          ///< that of the momentum after this rule, in [0, 1)
  Schedule gamma = 0.025;         ///< strength of the correction, not negative
  bool plain_first_step = false;  ///< c = u at the first step

  DESCENT_STATE(last_grad)
  static constexpr RuleTraits traits{.stores_start = true};

  template <class S>
  struct Coefficients {
    S weight;
  };
  Coefficients<double> coefficients(Step step) const {
    const double b1 = beta1(step.index);
    return {plain_first_step && step.is_first() ? 0 : gamma(step.index) * b1 / (1 - b1)};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V change = u - state.last_grad;
    state.last_grad = u;
    return fma(c.weight, change, u);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("gamma", gamma, legal::non_negative);
  }
};

}  // namespace descent
