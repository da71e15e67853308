// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/lists.hpp>

#include <cstddef>
#include <vector>

namespace descent {

/// A value for each stretch of steps.
///
///   value(k) = values[number of boundaries <= k]
///
/// * `values`: one more than boundaries, each finite.
/// * `boundaries`: steps in ascending order, each at least 0; none.
/// * `keeps_at_boundary`: whether the value before a boundary is still in force at that step; false.
///
/// At step 0 the first value (unless 0 is a boundary); from the last boundary on the last value. It lasts until
/// then.
/// Errors: std::invalid_argument for a wrong number of values, a value that is not finite or boundaries out of
/// order, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: Keras's PiecewiseConstantDecay keeps (`keeps_at_boundary = true`); Optax's
/// piecewise_constant_schedule has factors in place of values; PyTorch has only MultiStepLR (multi_step.hpp).
struct PiecewiseConstant {
  std::vector<double> values = {};
  std::vector<std::int64_t> boundaries = {};
  bool keeps_at_boundary = false;

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
