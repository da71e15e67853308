// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Changes the sign of the gradient, at the head of a chain: the objective is maximised.
///
///   u = -u
///
/// Options: enabled (true); false lets the gradient pass, so that recipes can switch it.
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: none.
/// As in PyTorch, the sign changes before weight decay is added, which still draws towards 0.
struct Negate {
  bool enabled = true;

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
