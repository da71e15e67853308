// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Replaces the update by its sign.
///
///   u = sign(u),   0 if u is 0, NaN if it is not finite
///
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: none.
/// Source: Bernstein et al. 2018, arXiv:1802.04434. Optax's scale_by_sign as here.
struct ScaleBySign {
  template <class V>
  static V update(V u, V) {
    return sign(u);
  }
};

}  // namespace descent
