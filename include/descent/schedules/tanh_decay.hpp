// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Stays high, then falls along a hyperbolic tangent.
///
///   value(k) = final + (initial - final) * (1 - tanh(lower + (upper - lower) * k / steps)) / 2
///
/// * `initial`: finite, has to be given.
/// * `steps`: its length, at least 1, has to be given.
/// * `final`: finite; 0.
/// * `lower`, `upper`: the part of the tangent that is used, finite, lower less than upper; -7 and 3.
///
/// At step 0 it has come (1 + tanh(lower)) / 2 of the way, by default a millionth; at step `steps` it jumps over
/// the rest, by default a four-hundredth, and holds `final` from there on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Hsueh, Li & Wu 2019, arXiv:1806.01593.
/// Differs from: timm's TanhLRScheduler (lb, ub) is the same, and can restart (tanh_restarts.hpp); PyTorch, Optax
/// and Keras have none.
struct TanhDecay {
  double initial = detail::not_given;
  std::int64_t steps = 0;
  double final = 0;
  double lower = -7;
  double upper = 3;

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
