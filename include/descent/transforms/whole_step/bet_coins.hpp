// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Coin betting: bets on the direction of each parameter with the amount that earlier bets won; no rate to
/// choose.
///
///   L = max(L, |u|)          G = G + |u|
///   W = max(W - u (p - p0), 0)          C = C - u,   p0 the parameters before the first step
///   p = p0 + C (L + W) / (L max(G + L, alpha L))
///
/// u is the update times learning_rate, which has an effect only if it varies, and through epsilon. The last
/// rule of its chain; applies the learning rate.
/// Memory: 5 values a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Orabona & Tommasi 2017, arXiv:1705.07795, Algorithm 2.
struct BetCoins {
  Schedule learning_rate = 1.0;  ///< not negative
  double alpha = 100;            ///< larger values make the first steps smaller; greater than 0
  double epsilon = 1e-8;         ///< L before the first step, greater than 0

  static constexpr RuleTraits traits{
      .has_learning_rate = true, .has_initial_state = true, .stores_start = true};

  DESCENT_STATE(init_particles, cumulative_gradients, scale, subgradients, reward)
  State<double> initial_state() const { return {0, 0, epsilon, 0, 0}; }

  template <class S>
  struct Coefficients {
    S rate, alpha, first;
  };
  Coefficients<double> coefficients(Step step) const {
    return {learning_rate(step.index), alpha, step.is_first() ? 1.0 : 0.0};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    const V g = c.rate * u;
    state.init_particles = select(c.first > V(0), p, state.init_particles);
    const V moved = p - state.init_particles;
    state.scale = max(abs(g), state.scale);
    state.subgradients += abs(g);
    state.reward = max(fma(-g, moved, state.reward), V(0));
    state.cumulative_gradients -= g;
    const V wealth = state.scale + state.reward;
    const V bound = state.scale * max(state.subgradients + state.scale, c.alpha * state.scale);
    return fma(state.cumulative_gradients / bound, wealth, -moved);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("alpha", alpha, legal::positive);
    check("epsilon", epsilon, legal::positive);
  }
};

}  // namespace descent
