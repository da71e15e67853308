// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/lists.hpp>

#include <cstddef>
#include <vector>

namespace descent {

/// Interpolates between values at given steps.
///
///   value(k) = blend of values[i] and values[i + 1] from boundaries[i - 1] (or 0) to boundaries[i]
///
/// The first value at step 0, at each boundary exactly its value, the last value after the last boundary. Of
/// equal boundaries the last counts, so that the value jumps.
/// Errors: std::invalid_argument for a wrong number of values, a value that is not finite or boundaries out of
/// order, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: Optax's piecewise_interpolate_schedule, which has factors instead of values; PyTorch, Keras
/// and timm have none.
struct PiecewiseInterpolation {
  std::vector<double> values = {};            ///< required: one more than boundaries, finite
  std::vector<std::int64_t> boundaries = {};  ///< steps of the other values in ascending order, not negative
  bool cosine = false;                        ///< half waves of a cosine instead of straight lines

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
