// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Gives each element of the update the sign of the gradient.
///
///   u = |u| sign(g)
///
/// Place it before the learning rate, after the rule whose update it changes. The gradient is that of the
/// chain after Negate; if it is 0, the update is 0.
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: none.
/// Source: Cao, Li & Song 2024, arXiv:2412.17107.
struct TakeGradientSign {
  static constexpr RuleTraits traits{.takes_gradient = true};

  template <class V>
  static V update(V u, V, V gradient) {
    return abs(u) * sign(gradient);
  }
};

}  // namespace descent
