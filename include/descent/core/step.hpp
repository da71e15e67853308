// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace descent {

/// What the caller may know of a step besides the gradient; NaN: not known.
struct StepInputs {
  /// The loss at the parameters before the step, for rules that use it.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The Euclidean norm of the whole gradient: spares ClipByGlobalNorm at the head of a chain a pass.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
};

/// The step that is being taken.
struct Step {
  /// Counted from 0: the argument of schedules.
  std::int64_t index = 0;
  /// The loss before the step, where the caller hands it in; NaN elsewhere.
  double loss = std::numeric_limits<double>::quiet_NaN();
  /// The norm of the whole gradient, where the caller knows it and hands it in; NaN elsewhere.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
  /// At how many steps before this one the block had no gradient, where RestAbsentBlocks lets blocks rest.
  std::int64_t rested = 0;
  /// The largest number that the types hold in which the rules compute; rules measure in double, whatever that is.
  double largest = std::numeric_limits<double>::max();

  /// How many steps were taken before this one: what intervals count. A block that rested has a count of its own.
  std::int64_t taken() const { return index - rested; }
  /// t of the papers: 1 at the first step, by the same count.
  double t() const { return static_cast<double>(taken()) + 1; }
  /// Whether state has its initial values: nothing has been stored of a step.
  bool is_first() const { return index == rested; }
};

/// The shape of a block, for a rule of whole matrices.
struct MatrixShape {
  Eigen::Index rows = 0, columns = 0;
  /// Whether the block is a vector by its type.
  bool is_vector = false;
  /// The block's place in the tree's order, from 0.
  std::size_t index = 0;
};

}  // namespace descent
