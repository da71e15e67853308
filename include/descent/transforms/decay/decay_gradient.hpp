// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// AddDecayedWeights whose result is the gradient for the rules behind it that look at the gradient.
///
///   u = u + weight_decay p
///
/// At the head of a chain, where a rule such as Cautious is to judge by the gradient with its decay.
/// Options: weight_decay >= 0, a schedule (0.01).
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: L2 regularisation as PyTorch and timm have it.
struct DecayGradient {
  Schedule weight_decay = 0.01;

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
