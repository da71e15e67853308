// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/lists.hpp>

#include <cstddef>
#include <vector>

namespace descent {

/// A constant value in each interval of steps.
///
///   value(k) = values[number of boundaries <= k]
///
/// The first value at step 0 (unless 0 is a boundary), the last value from the last boundary on. It ends
/// there.
/// Errors: std::invalid_argument for a wrong number of values, a value that is not finite or boundaries out of
/// order, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: Keras's PiecewiseConstantDecay, which has `keeps_at_boundary = true`; Optax's
/// piecewise_constant_schedule has factors instead of values; PyTorch has only MultiStepLR (multi_step.hpp).
struct PiecewiseConstant {
  std::vector<double> values = {};            ///< required: one more than boundaries, finite
  std::vector<std::int64_t> boundaries = {};  ///< steps in ascending order, not negative
  bool keeps_at_boundary = false;             ///< the step of a boundary still has the value before it

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    if (keeps_at_boundary) --step;
    return values[detail::count_reached(boundaries, step)];
  }

  std::int64_t duration() const {
    if (boundaries.empty()) return 0;
    return detail::saturating_sum(boundaries.back(), keeps_at_boundary ? 1 : 0);
  }

  void check() const {
    const Check check("PiecewiseConstant");
    detail::check_values_between(check, values, boundaries);
    detail::check_values(check, values);
    detail::check_ascending(check, "boundaries", boundaries);
  }

  DESCENT_SCHEDULE(values, boundaries, keeps_at_boundary)
};

}  // namespace descent
