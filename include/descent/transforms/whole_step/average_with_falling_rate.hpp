// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>

namespace descent {

/// Takes a step of gradient descent with a falling rate, and averages the parameters from some step on.
///
///   eta = rate / (1 + lambda rate k)^alpha,   k steps taken before
///   p = p (1 - lambda eta) - eta u
///   ax = ax + (p - ax) / max(1, k - t0),   at first ax = p
///
/// Brings the learning rate, and must be the last rule of its chain: the average is that of p + u.
/// `Optimizer::evaluation_point` gives ax.
/// Options: learning_rate >= 0, a schedule (0.01); lambda >= 0 (1e-4); alpha >= 0 (0.75); t0 >= 0 (1e6).
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Polyak & Juditsky 1992; in the form of Bottou's sgd and torch.optim.ASGD.
struct AverageWithFallingRate {
  Schedule learning_rate = 0.01;
  double lambda = 1e-4, alpha = 0.75, t0 = 1e6;

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
