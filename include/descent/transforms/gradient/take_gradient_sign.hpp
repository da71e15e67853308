// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Turns each element of the update along the gradient: its size stays, its sign is the gradient's.
///
///   u = |u| sign(g)
///
/// Place it after the rule whose update it turns and before the learning rate. The gradient is the one that
/// entered the chain (behind Negate); where it is 0, so is the update.
/// Options: none. Memory: none. Passes: 1 (fused). Shapes: any. Errors: none.
/// Source: Cao, Li & Song 2024, arXiv:2412.17107.
struct TakeGradientSign {
  static constexpr RuleTraits traits{.takes_gradient = true};

  template <class V>
  static V update(V u, V, V gradient) {
    return abs(u) * sign(gradient);
  }
};

}  // namespace descent
