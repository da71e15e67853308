// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Multiplies the update by minus the learning rate.
///
///   u = -rate(k) u
///
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument at the first step at
/// which the rate is negative or not finite.
/// The only rule with the minus sign (in PyTorch each optimizer has it; Optax has scale_by_learning_rate).
struct ScaleByLearningRate {
  Schedule learning_rate = 1e-3;  ///< not negative; at 0 the parameters do not change

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
