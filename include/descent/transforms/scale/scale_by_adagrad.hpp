// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Divides the update by the root of the sum of all squares so far.
///
///   s = s + u^2          u = u / (1 + (t - 1) decay) / (sqrt(s) + epsilon)
///
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Duchi, Hazan & Singer 2011, JMLR 12.
/// Differs from: Optax and Keras, which start at 0.1 with epsilon = 1e-7 in the root; PyTorch as here.
struct ScaleByAdagrad {
  double epsilon = 1e-10;        ///< added to the denominator, not negative
  double initial_sum = 0;        ///< sum of squared gradients before the first step, not negative
  bool epsilon_in_root = false;  ///< sqrt(v + epsilon) instead of sqrt(v) + epsilon
  double decay = 0;              ///< PyTorch's lr_decay, not negative

  static constexpr RuleTraits traits{.has_initial_state = true};

  DESCENT_STATE(sum)
  State<double> initial_state() const { return {initial_sum}; }

  template <class S>
  struct Coefficients {
    S share, epsilon_inside, epsilon_outside;
  };
  Coefficients<double> coefficients(Step step) const {
    const double inside = epsilon_in_root ? epsilon : 0, outside = epsilon_in_root ? 0 : epsilon;
    return {1 / (1 + (step.t() - 1) * decay), keep_above_zero(inside, outside), outside};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.sum = fma(u, u, state.sum);
    return c.share * u / (sqrt(state.sum + c.epsilon_inside) + c.epsilon_outside);
  }

  void check(const Check& check) const {
    check("epsilon", epsilon, legal::non_negative);
    check("initial_sum", initial_sum, legal::non_negative);
    check("decay", decay, legal::non_negative);
  }
};

}  // namespace descent
