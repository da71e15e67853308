// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/lists.hpp>

#include <vector>

namespace descent {

/// Multiplies by a factor at each of the given steps.
///
///   value(k) = initial * factor^(number of milestones <= k)
///
/// `initial` at step 0 (unless 0 is a milestone), `initial * factor^n` from the last milestone on. Ends at
/// the last milestone; use `MultiStep{...} >> hold(n) >> next` to keep the last value for n steps.
/// Errors: std::invalid_argument for an option outside its range or milestones out of order, when it becomes
/// a Schedule.
/// Source: common practice (He et al. 2016, arXiv:1512.03385); PyTorch's MultiStepLR as here.
/// Differs from: timm, which changes one step earlier; Keras's PiecewiseConstantDecay changes one step later
/// (piecewise_constant.hpp); Optax's piecewise_constant_schedule has one factor per milestone.
struct MultiStep {
  double initial = detail::not_given;         ///< required: value before the first milestone, finite
  double factor = 0.1;                        ///< not negative
  std::vector<std::int64_t> milestones = {};  ///< steps in ascending order, not negative; a repeated one
                                              ///< counts each time

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
