// SPDX-License-Identifier: MIT
#pragma once

#include <descent/optimizers/lbfgs/line_search.hpp>

#include <cstdint>
#include <limits>

namespace descent {

/// What became of a step of L-BFGS.
enum class LbfgsStatus {
  /// All iterations were made; the parameters have moved.
  moved,
  /// The gradient is within the tolerance: at the start, or where the step led.
  gradient_small,
  /// The loss or the parameters changed by no more than the tolerance, or the slope promises no more.
  change_small,
  /// `max_evaluations` are used up; the parameters have moved unless the first search found nothing in time.
  evaluations_exhausted,
  /// The search found no lower loss: the parameters are where its last iteration began.
  search_stalled,
  /// The loss or the gradient is not finite: at the start, or wherever the search looked. No such point is kept.
  not_finite,
  /// The loss fell along a line as far as the search looked: it seems to have no minimum. The parameters have moved.
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

/// When a step of Lbfgs ends early, for callers with criteria of their own: see Lbfgs.
struct LbfgsTolerances {
  double gradient = 0, change = 0;
};

namespace detail {

/// What the iterations of one step are to keep to.
struct QuasiNewtonLimits {
  double rate = 1, gradient_tolerance = 0, change_tolerance = 0, least_curvature = 0;
  std::int64_t iterations = 1, evaluations = std::numeric_limits<std::int64_t>::max(), of_a_search = 25;
  LineSearch search = LineSearch::strong_wolfe;
  /// Whether tolerances hold as they are; else they are relative.
  bool absolute = false;
  /// Whether loss and gradient are wanted where the step ends.
  bool evaluates_end = false;
};

}  // namespace detail
}  // namespace descent
