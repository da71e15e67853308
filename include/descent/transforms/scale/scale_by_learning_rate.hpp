// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Multiplies the update by minus the learning rate: turns a direction of ascent into a step down.
///
///   u = -rate(k) u
///
/// Options: learning_rate, any schedule of finite values >= 0 (default 1e-3); 0 lets the parameters rest.
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument at the first step at
/// which the rate is negative or not finite.
/// The only rule that brings the minus sign (PyTorch hides it in each optimizer; Optax has
/// scale_by_learning_rate).
struct ScaleByLearningRate {
  Schedule learning_rate = 1e-3;

  static constexpr RuleTraits traits{.has_learning_rate = true};

  template <class S>
  struct Coefficients {
    S minus_rate;
  };
  Coefficients<double> coefficients(Step step) const { return {-learning_rate(step.index)}; }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.minus_rate * u;
  }

  void check(const Check& check) const { check("learning_rate", learning_rate, legal::non_negative); }
};

}  // namespace descent
