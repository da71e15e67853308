// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

// Searches along a line. They use only numbers: the step, its loss and its slope. They evaluate a Line, which
// also stores the gradient of the best point:
//
//   LinePoint evaluate(double step)     moves there; `finite` is false if loss or slope is not finite
//   void keep()                         the last evaluated gradient is that of the best point

namespace descent {

/// How the length of a step is chosen.
enum class LineSearch {
  /// No search: the learning rate is the length.
  none,
  /// Shortened until the loss decreases enough (Armijo).
  backtracking,
  /// Lengthened and shortened until the slope is small enough, too (strong Wolfe conditions).
  strong_wolfe
};

namespace detail {

struct LinePoint {
  double step = 0, loss = 0, slope = 0;
  bool finite = true;
};

struct LineSearchLimits {
  double sufficient_decrease = 1e-4, curvature = 0.9;
  /// The search ends if no parameter moves by more than this within the bracket.
  double min_move = 0;
  /// The largest entry of the direction, or the largest relative to its parameter.
  double max_entry = 1;
  /// At least one is made.
  std::int64_t evaluations = 25;
};

struct LineSearchResult {
  /// The start if no better point was found.
  LinePoint point;
  std::int64_t evaluations = 0;
  /// Whether the conditions of the search hold at the point.
  bool satisfied = false;
  /// Whether all evaluations were used; whether any was finite.
  bool exhausted = false, saw_finite = false;
  /// Whether the loss fell along the whole line that was searched.
  bool unbounded = false;
};

/// Shared by the searches: counts evaluations, and handles points that are not finite.
template <class Line>
class LineTrials {
 public:
  LineTrials(Line& line, const LinePoint& start, const LineSearchLimits& limits)
      : line_(line), start_(start), limits_(limits) {}

  /// Evaluates at `step`; if that is not finite, moves towards `anchor` until it is.
  LinePoint at(double step, double anchor) {
    LinePoint point = evaluate(step);
    while (!point.finite && may_go_on()) {
      border_ = std::min(border_, step);
      step = anchor + 0.1 * (step - anchor);
      point = evaluate(step);
    }
    if (!point.finite) point.loss = point.slope = std::numeric_limits<double>::infinity();
    return point;
  }
  bool may_go_on() const { return evaluations_ < limits_.evaluations; }
  std::int64_t evaluations() const { return evaluations_; }

  /// Returns `step`, or if a point before it is known not to be finite, the middle between `from` and that
  /// point.
  double before_border(double step, double from) const {
    return step < border_ ? step : from + 0.5 * (border_ - from);
  }

  /// Armijo's condition.
  bool decreases_enough(const LinePoint& point) const {
    return point.finite &&
           point.loss <= start_.loss + limits_.sufficient_decrease * point.step * start_.slope;
  }
  bool is_flat_enough(const LinePoint& point) const {
    return std::abs(point.slope) <= -limits_.curvature * start_.slope;
  }
  bool is_too_short(double length) const { return std::abs(length) * limits_.max_entry < limits_.min_move; }

  LineSearchResult at_start() const { return end_at(start_, false); }
  LineSearchResult end_at(const LinePoint& point, bool satisfied) const {
    return {point, evaluations_, satisfied, !may_go_on(), saw_finite_};
  }
  /// Ends the search at the last evaluated point.
  LineSearchResult keep(const LinePoint& point, bool satisfied) {
    line_.keep();
    return end_at(point, satisfied);
  }
  const LinePoint& start() const { return start_; }
  Line& line() { return line_; }

 private:
  LinePoint evaluate(double step) {
    ++evaluations_;
    const LinePoint point = line_.evaluate(step);
    saw_finite_ = saw_finite_ || point.finite;
    return point;
  }

  Line& line_;
  LinePoint start_;
  LineSearchLimits limits_;
  std::int64_t evaluations_ = 0;
  bool saw_finite_ = false;
  double border_ = std::numeric_limits<double>::infinity();
};

/// Shortens the step until the loss decreases enough: each time to the minimum of the interpolating parabola,
/// but to between a tenth and half of the step (Nocedal & Wright 2006, section 3.5).
template <class Line>
LineSearchResult backtracking_search(Line& line, const LinePoint& start, double first_step,
                                     const LineSearchLimits& limits) {
  LineTrials<Line> trials(line, start, limits);
  LinePoint point = trials.at(first_step, 0);
  while (!trials.decreases_enough(point)) {
    if (!trials.may_go_on()) return trials.at_start();
    const double above = point.loss - start.loss - start.slope * point.step;
    const double lowest = -0.5 * start.slope * point.step * point.step / above;
    point = trials.at(std::clamp(is_finite(lowest) ? lowest : 0, 0.1 * point.step, 0.5 * point.step), 0);
  }
  return trials.keep(point, true);
}

/// Takes the given step, shortened if the loss or the gradient is not finite there.
template <class Line>
LineSearchResult fixed_step(Line& line, const LinePoint& start, double step, const LineSearchLimits& limits) {
  LineTrials<Line> trials(line, start, limits);
  const LinePoint point = trials.at(step, 0);
  return point.finite ? trials.keep(point, true) : trials.at_start();
}

}  // namespace detail
}  // namespace descent
