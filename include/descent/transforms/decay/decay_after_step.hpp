// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Weight decay of the parameters after the step. The last rule of a chain.
///
///   p' = (1 - rate weight_decay) (p + u),   or with proximal: p' = (p + u) / (1 + rate weight_decay)
///
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for an option out of its
/// range.
/// Source: proximal: Xie et al. 2022, arXiv:2208.06677 (Adan); else as in LaProp's own code.
struct DecayAfterStep {
  Schedule learning_rate = 1e-3;  ///< that of the chain, which another rule applies; not negative
  Schedule weight_decay = 0.01;   ///< strength of weight decay, not negative
  bool proximal = false;          ///< divides by 1 + rate weight_decay instead

  template <class S>
  struct Coefficients {
    S minus_lost;
  };
  Coefficients<double> coefficients(Step step) const {
    const double decay = learning_rate(step.index) * weight_decay(step.index);
    return {proximal ? -decay / (1 + decay) : -decay};
  }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return fma(c.minus_lost, p + u, u);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};

}  // namespace descent
