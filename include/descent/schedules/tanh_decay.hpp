// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Stays high, then falls along a hyperbolic tangent.
///
///   value(k) = final + (initial - final) * (1 - tanh(lower + (upper - lower) * k / steps)) / 2
///
/// At step 0, (1 + tanh(lower)) / 2 of the decay is done, by default a millionth; at step `steps` the value
/// jumps to `final` over the rest, by default a four-hundredth, and holds it.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Hsueh, Li & Wu 2019, arXiv:1806.01593.
/// Differs from: timm's TanhLRScheduler (lb, ub), which can restart (tanh_restarts.hpp); PyTorch, Optax and
/// Keras have none.
struct TanhDecay {
  double initial = detail::not_given;  ///< required: finite
  std::int64_t steps = 0;              ///< required: length, at least 1
  double final = 0;                    ///< value at the end, finite
  double lower = -7;                   ///< start of the part of the tangent that is used, finite
  double upper = 3;                    ///< end of that part, greater than `lower`

  double operator()(std::int64_t step) const {
    if (step >= steps) return final;
    const double progress = detail::ratio(detail::not_negative(step), steps);
    return detail::blend(initial, final, detail::half_tangent(lower, upper, progress));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("TanhDecay");
    check("initial", initial, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("final", final, legal::finite);
    check("lower", lower, legal::finite);
    check("upper", upper, {.low = lower});
  }

  DESCENT_SCHEDULE(initial, steps, final, lower, upper)
};

}  // namespace descent
