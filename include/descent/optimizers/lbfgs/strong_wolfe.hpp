// SPDX-License-Identifier: MIT
#pragma once

#include <descent/optimizers/lbfgs/line_search.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

// The search for a step that satisfies the strong Wolfe conditions: Nocedal & Wright 2006, Algorithms 3.5
// and 3.6, with the cubic interpolation of (3.59) and the safeguards of minFunc (Schmidt 2005), so that it
// evaluates the same points as PyTorch.

namespace descent::detail {

/// The minimum of the cubic through two points with their slopes, within [low, high]; the middle if it has
/// none.
inline double cubic_minimum(const LinePoint& one, const LinePoint& other, double low, double high) {
  const bool ordered = one.step <= other.step;
  const LinePoint &left = ordered ? one : other, &right = ordered ? other : one;
  const double width = right.step - left.step;
  const double d1 = left.slope + right.slope - 3 * ((right.loss - left.loss) / width);
  const double square = d1 * d1 - left.slope * right.slope;
  const double d2 = square >= 0 ? std::sqrt(square) : 0;
  const double minimum = right.step - width * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  if (!(square >= 0) || !is_finite(minimum)) return low + 0.5 * (high - low);
  return std::min(std::max(minimum, low), high);
}

template <class Line>
class StrongWolfe {
 public:
  StrongWolfe(Line& line, const LinePoint& start, const LineSearchLimits& limits)
      : trials_(line, start, limits) {}

  /// Lengthens the step until two points bracket a good one, then bisects the bracket by interpolation.
  LineSearchResult run(double first_step) {
    first_step_ = first_step;
    LinePoint previous = trials_.start(), point = trials_.at(first_step, 0);
    while (trials_.may_go_on()) {
      const bool rises = trials_.evaluations() > 2 && point.loss >= previous.loss;
      if (!trials_.decreases_enough(point) || rises) return divide(previous, point);
      if (trials_.is_flat_enough(point)) return trials_.keep(point, true);
      if (point.slope >= 0) return divide(previous, point);
      const double nearest = point.step + 0.01 * (point.step - previous.step);
      const double step =
          trials_.before_border(cubic_minimum(previous, point, nearest, 10 * point.step), point.step);
      trials_.line().keep();
      previous = point;
      point = trials_.at(step, point.step);
    }
    return end_after_last(previous, point);
  }

 private:
  LineSearchResult end_after_last(const LinePoint& previous, const LinePoint& point) {
    if (!point.finite) return trials_.end_at(previous, false);
    if (point.loss >= trials_.start().loss) return trials_.at_start();
    LineSearchResult result =
        trials_.keep(point, trials_.decreases_enough(point) && trials_.is_flat_enough(point));
    result.unbounded = point.slope < 0 && point.step >= far_away * first_step_;
    return result;
  }

  std::size_t lower() const { return ends_[0].loss <= ends_[1].loss ? 0 : 1; }

  /// The next point inside the bracket; moved inwards if the interpolation stays close to an end.
  double place_inside() {
    const double left = std::min(ends_[0].step, ends_[1].step),
                 right = std::max(ends_[0].step, ends_[1].step);
    const double step = cubic_minimum(ends_[0], ends_[1], left, right);
    const double margin = 0.1 * (right - left);
    const bool close = std::min(right - step, step - left) < margin;
    const bool move = close && (clings_ || step >= right || step <= left);
    clings_ = close && !move;
    if (!move) return step;
    return std::abs(step - right) < std::abs(step - left) ? right - margin : left + margin;
  }

  LineSearchResult divide(const LinePoint& previous, const LinePoint& point) {
    ends_ = {previous, point};
    low_ = lower();
    if (low_ == 1) trials_.line().keep();
    while (trials_.may_go_on()) {
      if (trials_.is_too_short(ends_[1].step - ends_[0].step)) break;
      const LinePoint inside = trials_.at(place_inside(), ends_[low_].step);
      if (!trials_.decreases_enough(inside) || inside.loss >= ends_[low_].loss) {
        ends_[1 - low_] = inside;
        const std::size_t before = std::exchange(low_, lower());
        if (low_ != before) trials_.line().keep();
        continue;
      }
      if (trials_.is_flat_enough(inside)) return trials_.keep(inside, true);
      if (inside.slope * (ends_[1 - low_].step - ends_[low_].step) >= 0) ends_[1 - low_] = ends_[low_];
      ends_[low_] = inside;
      trials_.line().keep();
    }
    return trials_.end_at(ends_[low_], false);
  }

  // If the loss still falls at this multiple of the first step, the line is taken to have no minimum.
  static constexpr double far_away = 1e10;

  LineTrials<Line> trials_;
  double first_step_ = 0;
  std::array<LinePoint, 2> ends_;
  std::size_t low_ = 0;
  bool clings_ = false;
};

}  // namespace descent::detail
