// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Cautious weight decay: adds `weight_decay * p` to the elements of the update that have the same sign as p,
/// so that decay never opposes a step away from 0.
///
///   u = u + weight_decay p if sign(u) sign(p) >= 0
///
/// Place it before the learning rate, in the place of AddDecayedWeights in AdamW.
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a negative decay.
/// Source: Chen et al. 2025, arXiv:2510.12402. Optax's add_cautious_weight_decay as here.
struct AddCautiousDecay {
  Schedule weight_decay = 0.01;  ///< strength of weight decay, not negative

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
