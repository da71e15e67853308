// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Changes the sign of the gradient at the head of a chain, to maximize the objective.
///
///   u = -u
///
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: none.
/// As in PyTorch, weight decay is added after the change of sign, so that it still shrinks the parameters.
struct Negate {
  bool enabled = true;  ///< false leaves the gradient unchanged, so that recipes can switch the rule off

  static constexpr RuleTraits traits{.replaces_gradient = true};

  template <class S>
  struct Coefficients {
    S sign;
  };
  Coefficients<double> coefficients(Step) const { return {enabled ? -1.0 : 1.0}; }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.sign * u;
  }
};

}  // namespace descent
