// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

namespace descent {

/// Clips each element of the update.
///
///   u = min(max(u, -max_value), max_value)
///
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for a limit that is not
/// positive. Changes the direction of the update; clipping by norm does not.
/// torch.nn.utils.clip_grad_value_, optax.clip and Keras' clipvalue as here.
struct ClipByValue {
  Schedule max_value = 1.0;  ///< largest absolute value, greater than 0

  template <class S>
  struct Coefficients {
    S max_value;
  };
  Coefficients<double> coefficients(Step step) const { return {max_value(step.index)}; }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return min(max(u, -c.max_value), c.max_value);
  }

  void check(const Check& check) const { check("max_value", max_value, legal::positive); }
};

}  // namespace descent
