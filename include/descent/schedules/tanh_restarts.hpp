// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/cycles.hpp>

namespace descent {

/// Falls along a hyperbolic tangent one after the other, each starting again at the top.
///
///   value(k) = final + (peak_i - final) * (1 - tanh(lower + (upper - lower) * j / n_i)) / 2
///   at step j of cycle i = 0, 1, ...      n_i = steps * period_factor^i      peak_i = initial * peak_factor^i
///
/// * `initial`: finite, has to be given. The first peak.
/// * `steps`: length of the first cycle, at least 1, has to be given.
/// * `final`: finite; 0. What each cycle runs towards.
/// * `lower`, `upper`: the part of the tangent that is used, finite, lower less than upper; -7 and 3.
/// * `period_factor`: how much longer each cycle is than the one before, in [1, 1e6]; 1.
/// * `peak_factor`: how much higher each peak is than the one before, at least 0; 1.
/// * `cycles`: how many there are, at least 0; 0, which means without end.
/// * `warmup`: steps in which each cycle first rises in a line from `final` to its peak, at least 0; 0. They come
///   on top of the cycle's length and do not grow.
///
/// At step 0 nearly `initial` (`final`, if there is a warm-up). After the last cycle it holds `final`.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Hsueh, Li & Wu 2019, arXiv:1806.01593; the restarts are timm's.
/// Differs from: timm's TanhLRScheduler has one cycle by default; PyTorch, Optax and Keras have none.
struct TanhRestarts {
  double initial = detail::not_given;
  std::int64_t steps = 0;
  double final = 0;
  double lower = -7;
  double upper = 3;
  double period_factor = 1;
  double peak_factor = 1;
  std::int64_t cycles = 0;
  std::int64_t warmup = 0;

  double operator()(std::int64_t step) const {
    return detail::restarting(
        *this, step, [this](double progress) { return detail::half_tangent(lower, upper, progress); });
  }

  std::int64_t duration() const { return detail::restarting_duration(*this); }

  void check() const {
    const Check check("TanhRestarts");
    detail::check_restarting(check, *this);
    check("lower", lower, legal::finite);
    check("upper", upper, {.low = lower});
  }

  DESCENT_SCHEDULE(initial, steps, final, lower, upper, period_factor, peak_factor, cycles, warmup)
};

}  // namespace descent
