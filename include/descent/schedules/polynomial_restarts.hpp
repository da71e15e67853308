// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/cycles.hpp>

namespace descent {

/// Polynomial decays one after the other, each starting again at the top.
///
///   value(k) = final + (peak_i - final) * (1 - (j / n_i)^progress_power)^power
///   at step j of cycle i = 0, 1, ...      n_i = steps * period_factor^i      peak_i = initial * peak_factor^i
///
/// * `initial`: finite, has to be given. The first peak.
/// * `steps`: length of the first cycle, at least 1, has to be given.
/// * `final`: finite; 0. What each cycle runs towards.
/// * `power`: greater than 0; 1.
/// * `period_factor`: how much longer each cycle is than the one before, in [1, 1e6]; 1.
/// * `peak_factor`: how much higher each peak is than the one before, at least 0; 1.
/// * `cycles`: how many there are, at least 0; 0, which means without end.
/// * `warmup`: steps in which each cycle first rises in a line from `final` to its peak, at least 0; 0. They come
///   on top of the cycle's length and do not grow.
/// * `progress_power`: the exponent of k-decay, greater than 0; 1.
///
/// At step 0 `initial` (`final`, if there is a warm-up); at the last step of a cycle just above `final`, at the
/// next one the new peak. After the last cycle it holds `final`.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: timm's PolyLRScheduler; k-decay: Zhang & Li 2020, arXiv:2004.05909.
/// Differs from: timm, which has one cycle and a power of 0.5 by default; PyTorch, Optax and Keras have a
/// single decay (polynomial_decay.hpp).
struct PolynomialRestarts {
  double initial = detail::not_given;
  std::int64_t steps = 0;
  double final = 0;
  double power = 1;
  double period_factor = 1;
  double peak_factor = 1;
  std::int64_t cycles = 0;
  std::int64_t warmup = 0;
  double progress_power = 1;

  double operator()(std::int64_t step) const {
    return detail::restarting(*this, step, [this](double progress) {
      return detail::raised(1 - detail::raised(progress, progress_power), power);
    });
  }

  std::int64_t duration() const { return detail::restarting_duration(*this); }

  void check() const {
    const Check check("PolynomialRestarts");
    detail::check_restarting(check, *this);
    check("power", power, legal::positive);
    check("progress_power", progress_power, legal::positive);
  }

  DESCENT_SCHEDULE(initial, steps, final, power, period_factor, peak_factor, cycles, warmup, progress_power)
};

}  // namespace descent
