// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

namespace descent {

/// What the caller may know of a step besides the gradient; NaN: not known.
struct StepInputs {
  /// The loss at the parameters before the step, for rules that use it.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The Euclidean norm of the whole gradient: spares ClipByGlobalNorm at the head of a chain a pass.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace descent
