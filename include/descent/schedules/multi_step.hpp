// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/lists.hpp>

#include <vector>

namespace descent {

/// Multiplies by a factor at each of the given steps.
///
///   value(k) = initial * factor^(number of milestones <= k)
///
/// * `initial`: finite, has to be given. Value before the first milestone.
/// * `factor`: at least 0; 0.1.
/// * `milestones`: steps in ascending order, each at least 0; none. One that is repeated counts as often as
///   it is listed.
///
/// At step 0 `initial` (unless 0 is a milestone); from the last milestone on `initial * factor^n`. It lasts
/// until the last milestone: `MultiStep{...} >> hold(n) >> next` keeps the last value for n steps.
/// Errors: std::invalid_argument for an option outside its range or milestones out of order, when it becomes
/// a Schedule.
/// Source: common practice (He et al. 2016, arXiv:1512.03385); same as PyTorch's MultiStepLR.
/// Differs from: timm switches one step earlier; Keras's PiecewiseConstantDecay one step later
/// (piecewise_constant.hpp); Optax's piecewise_constant_schedule has a factor for each milestone.
struct MultiStep {
  double initial = detail::not_given;
  double factor = 0.1;
  std::vector<std::int64_t> milestones = {};

  double operator()(std::int64_t step) const {
    const auto passed = detail::count_reached(milestones, detail::not_negative(step));
    return detail::scaled_by_power(initial, factor, static_cast<double>(passed));
  }

  std::int64_t duration() const { return milestones.empty() ? 0 : milestones.back(); }

  void check() const {
    const Check check("MultiStep");
    check("initial", initial, legal::finite);
    check("factor", factor, legal::non_negative);
    detail::check_ascending(check, "milestones", milestones);
  }

  DESCENT_SCHEDULE(initial, factor, milestones)
};

}  // namespace descent
