// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/lists.hpp>

#include <cstddef>
#include <vector>

namespace descent {

/// Goes from value to value, each reached at a given step.
///
///   value(k) = blend of values[i] and values[i + 1] from boundaries[i - 1] (or 0) to boundaries[i]
///
/// * `values`: one more than boundaries, each finite. The first is that of step 0.
/// * `boundaries`: the steps at which the other values are reached, in ascending order, each at least 0; none.
/// * `cosine`: whether it goes along half waves of a cosine, flat at each boundary, instead of straight lines;
///   false.
///
/// At step 0 the first value, at each boundary its value, exactly; from the last one on the last value. Of equal
/// boundaries the last counts, so that the value jumps.
/// Errors: std::invalid_argument for a wrong number of values, a value that is not finite or boundaries out of
/// order, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: Optax's piecewise_interpolate_schedule has factors in place of values; PyTorch, Keras and timm
/// have none.
struct PiecewiseInterpolation {
  std::vector<double> values = {};
  std::vector<std::int64_t> boundaries = {};
  bool cosine = false;

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    const std::size_t reached = detail::count_reached(boundaries, step);
    if (reached == boundaries.size()) return values.back();
    const std::int64_t begin = reached == 0 ? 0 : boundaries[reached - 1], end = boundaries[reached];
    const double weight = cosine ? detail::half_cosine(detail::ratio(step - begin, end - begin))
                                 : detail::ratio(end - step, end - begin);
    return detail::blend(values[reached], values[reached + 1], weight);
  }

  std::int64_t duration() const { return boundaries.empty() ? 0 : boundaries.back(); }

  void check() const {
    const Check check("PiecewiseInterpolation");
    detail::check_values_between(check, values, boundaries);
    detail::check_values(check, values);
    detail::check_ascending(check, "boundaries", boundaries);
  }

  DESCENT_SCHEDULE(values, boundaries, cosine)
};

}  // namespace descent
