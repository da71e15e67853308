// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>

namespace descent {

/// The outcome of one step of a search.
enum class BacktrackingStatus {
  /// The step decreased the loss sufficiently.
  accepted,
  /// The rule's step does not point downhill (momentum may cause that): the parameters did not change.
  not_downhill,
  /// No length was sufficient: the parameters did not change.
  gave_up,
  /// The loss or the gradient at the start is not finite: no step was taken.
  not_finite
};

/// The result of one step of a `BacktrackingSearch`.
struct BacktrackingResult {
  BacktrackingStatus status = BacktrackingStatus::not_finite;
  /// The loss before and after the step; the latter is NaN if it was not measured.
  double loss = std::numeric_limits<double>::quiet_NaN();
  double loss_after = std::numeric_limits<double>::quiet_NaN();
  /// The accepted fraction of the rule's own step length.
  double learning_rate_factor = 0;
  /// The number of evaluations of the loss alone.
  std::int64_t trials = 0;
};

}  // namespace descent
