// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>

namespace descent {

/// A step of gradient descent with a falling rate, which averages the parameters from a given step on.
///
///   eta = rate / (1 + lambda rate k)^alpha,   k the number of earlier steps
///   p = p (1 - lambda eta) - eta u
///   ax = ax + (p - ax) / max(1, k - t0),   at first ax = p
///
/// Applies the learning rate, and must be the last rule of its chain, since it averages p + u.
/// `Optimizer::evaluation_point` returns ax.
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Polyak & Juditsky 1992; in the form of Bottou's sgd and torch.optim.ASGD.
struct AverageWithFallingRate {
  Schedule learning_rate = 0.01;  ///< not negative
  double lambda = 1e-4;           ///< how fast the rate falls, and a decay of the parameters; not negative
  double alpha = 0.75;            ///< power of the decrease of the rate, not negative
  double t0 = 1e6;                ///< step at which averaging begins, not negative

  static constexpr RuleTraits traits{
      .has_learning_rate = true, .has_evaluation_point = true, .stores_start = true};

  DESCENT_STATE(ax)

  template <class S>
  struct Coefficients {
    S minus_eta, minus_shrink, weight;
  };
  Coefficients<double> coefficients(Step step) const {
    const double rate = learning_rate(step.index), k = step.t() - 1;
    const double eta = rate / std::pow(1 + lambda * rate * k, alpha);
    return {-eta, -lambda * eta, step.is_first() ? 1 : 1 / std::max(1.0, k - t0)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    const V change = fma(c.minus_shrink, p, c.minus_eta * u), next = p + change;
    state.ax = select(c.weight < V(1), fma(c.weight, next - state.ax, state.ax), next);
    return change;
  }
  template <class V>
  static V evaluation_point(V, const State<V>& state) {
    return state.ax;
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("lambda", lambda, legal::non_negative);
    check("alpha", alpha, legal::non_negative);
    check("t0", t0, legal::non_negative);
  }
};

}  // namespace descent
