// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Resilient backpropagation: a step size for each parameter, which grows while the sign of the update stays
/// the same and shrinks if it changes.
///
///   s = clamp(s eta_plus, min_step, max_step)      if u has the same sign as in the previous step
///   s = clamp(s eta_minus, min_step, max_step)     if it has the opposite sign; then u counts as 0
///   u = s sign(u)
///
/// Memory: 2 values a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Riedmiller & Braun 1993; without backtracking as in Igel & Huesken 2000 (iRprop-).
/// Differs from: Optax, which returns the update of the previous step; PyTorch, which multiplies the two
/// gradients, so that tiny ones underflow (1e-25 in float). For the gradient of all data.
struct ScaleByRprop {
  double initial_step = 0.01;  ///< s before the first step, not negative
  double eta_minus = 0.5;      ///< factor on s if the sign changed, in (0, 1)
  double eta_plus = 1.2;       ///< factor on s if the sign is the same, greater than 1
  double min_step = 1e-6;      ///< smallest s, not negative
  double max_step = 50;        ///< largest s, at least min_step

  static constexpr RuleTraits traits{.has_initial_state = true};

  DESCENT_STATE(prev, step_size)
  State<double> initial_state() const { return {0, initial_step}; }

  template <class S>
  struct Coefficients {
    S eta_minus, eta_plus, min_step, max_step;
  };
  Coefficients<double> coefficients(Step) const { return {eta_minus, eta_plus, min_step, max_step}; }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V agreement = sign(u) * sign(state.prev);
    const V factor = select(agreement > V(0), c.eta_plus, select(agreement < V(0), c.eta_minus, V(1)));
    state.step_size = min(max(state.step_size * factor, c.min_step), c.max_step);
    state.prev = select(agreement < V(0), V(0), u);
    return state.step_size * sign(state.prev);
  }

  void check(const Check& check) const {
    check("initial_step", initial_step, legal::non_negative);
    check("eta_minus", eta_minus, Interval{.low = 0, .high = 1});
    check("eta_plus", eta_plus, Interval{.low = 1});
    check("min_step", min_step, legal::non_negative);
    check("max_step", max_step, legal::at_least(min_step));
  }
};

}  // namespace descent
