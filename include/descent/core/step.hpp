// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace descent {

/// What the caller knows of a step besides the gradient; NaN means not given.
struct StepInputs {
  /// The loss at the parameters before the step, for rules that use it.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The Euclidean norm of the whole gradient: saves a pass if a chain begins with ClipByGlobalNorm.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
};

/// The current step.
struct Step {
  /// Counted from 0: the argument of schedules.
  std::int64_t index = 0;
  /// The loss before the step, if the caller gives it; else NaN.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The norm of the whole gradient, if the caller gives it; else NaN.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
  /// The number of earlier steps that skipped the block (RestAbsentBlocks).
  std::int64_t rested = 0;
  /// The largest finite number of the type in which rules compute; measurements are always in double.
  double largest = std::numeric_limits<double>::max();

  /// The number of steps taken before this one, which intervals count. A block that was skipped has its own
  /// count.
  std::int64_t taken() const { return index - rested; }
  /// The t of the papers: 1 at the first step, by the same count.
  double t() const { return static_cast<double>(taken()) + 1; }
  /// Whether state has its initial values: no step has stored anything.
  bool is_first() const { return index == rested; }
};

/// The shape of a block, for a rule of whole matrices.
struct MatrixShape {
  Eigen::Index rows = 0, columns = 0;
  /// Whether the block is a vector by its type.
  bool is_vector = false;
  /// Position in the tree's order, from 0.
  std::size_t index = 0;
};

}  // namespace descent
