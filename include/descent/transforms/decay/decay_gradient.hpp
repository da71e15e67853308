// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// AddDecayedWeights that also changes the gradient which later rules read.
///
///   u = u + weight_decay p
///
/// Place it at the head of a chain if a rule such as Cautious must use the gradient with weight decay.
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: L2 regularization as in PyTorch and timm.
struct DecayGradient {
  Schedule weight_decay = 0.01;  ///< strength of weight decay, not negative

  static constexpr RuleTraits traits{.replaces_gradient = true};

  template <class S>
  struct Coefficients {
    S weight_decay;
  };
  Coefficients<double> coefficients(Step step) const { return {weight_decay(step.index)}; }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return fma(c.weight_decay, p, u);
  }

  void check(const Check& check) const { check("weight_decay", weight_decay, legal::non_negative); }
};

}  // namespace descent
