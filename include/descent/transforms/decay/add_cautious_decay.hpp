// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Adds a part of the parameters to the update where both have the same sign, so that decay never works
/// against a step that leads away from 0.
///
///   u = u + weight_decay p where sign(u) sign(p) >= 0
///
/// Place it before the learning rate, where AdamW has AddDecayedWeights.
/// Options: weight_decay >= 0, a schedule (0.01).
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: Chen et al. 2025, arXiv:2510.12402. Same as Optax's add_cautious_weight_decay.
struct AddCautiousDecay {
  Schedule weight_decay = 0.01;

  template <class S>
  struct Coefficients {
    S weight_decay;
  };
  Coefficients<double> coefficients(Step step) const { return {weight_decay(step.index)}; }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    const V zero(0);
    const auto against = (u > zero && p < zero) || (u < zero && p > zero);
    return select(against, u, fma(c.weight_decay, p, u));
  }

  void check(const Check& check) const { check("weight_decay", weight_decay, legal::non_negative); }
};

}  // namespace descent
