// SPDX-License-Identifier: MIT
#pragma once

#include <descent/optimizers/lbfgs/line_search.hpp>

#include <cstdint>
#include <limits>

namespace descent {

/// The outcome of a step of L-BFGS.
enum class LbfgsStatus {
  /// All iterations were made; the parameters have moved.
  moved,
  /// The gradient is within the tolerance, at the start or at the end of the step.
  gradient_small,
  /// The loss or the parameters changed by no more than the tolerance, or the slope promises no more.
  change_small,
  /// `max_evaluations` are used up; the parameters have moved unless the first line search found no lower
  /// loss.
  evaluations_exhausted,
  /// The line search found no lower loss: the parameters are those at the start of the last iteration.
  search_stalled,
  /// The loss or the gradient is not finite: at the start, or at all points of the line search. No such point
  /// is kept.
  not_finite,
  /// The loss fell along the whole line that was searched: it seems to have no minimum. The parameters have
  /// moved.
  unbounded
};

/// The status as a phrase: "the gradient is small".
constexpr const char* to_string(LbfgsStatus status) {
  switch (status) {
    case LbfgsStatus::moved:
      return "moved";
    case LbfgsStatus::gradient_small:
      return "the gradient is small";
    case LbfgsStatus::change_small:
      return "the change is small";
    case LbfgsStatus::evaluations_exhausted:
      return "the evaluations are used up";
    case LbfgsStatus::search_stalled:
      return "the line search found no lower loss";
    case LbfgsStatus::not_finite:
      return "the loss or its gradient is not finite";
    case LbfgsStatus::unbounded:
      return "the loss seems to be unbounded below";
  }
  return "unknown";
}

/// Tolerances at which a step of Lbfgs ends early, for callers with their own criteria: see Lbfgs.
struct LbfgsTolerances {
  double gradient = 0;  ///< see Lbfgs::gradient_tolerance
  double change = 0;    ///< see Lbfgs::change_tolerance
};

namespace detail {

/// The limits of the iterations of one step.
struct QuasiNewtonLimits {
  double rate = 1, gradient_tolerance = 0, change_tolerance = 0, least_curvature = 0;
  std::int64_t iterations = 1, evaluations = std::numeric_limits<std::int64_t>::max(), of_a_search = 25;
  LineSearch search = LineSearch::strong_wolfe;
  /// Whether tolerances are absolute; else they are relative.
  bool absolute = false;
  /// Whether the step must evaluate loss and gradient at its end.
  bool evaluates_end = false;
};

}  // namespace detail
}  // namespace descent
