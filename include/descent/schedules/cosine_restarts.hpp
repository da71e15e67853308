// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/cycles.hpp>

namespace descent {

/// Cosine decays one after the other, each starting again at the top: stochastic gradient descent with warm
/// restarts.
///
///   value(k) = final + (peak_i - final) * (1 + cos(pi * (j / n_i)^progress_power)) / 2
///   at step j of cycle i = 0, 1, ...      n_i = steps * period_factor^i      peak_i = initial * peak_factor^i
///
/// * `initial`: finite, has to be given. The first peak.
/// * `steps`: length of the first cycle, at least 1, has to be given.
/// * `final`: finite; 0. What each cycle runs towards.
/// * `period_factor`: how much longer each cycle is than the one before, in [1, 1e6]; 1. Cycles of a length
///   that is not whole begin between two steps.
/// * `peak_factor`: how much higher each peak is than the one before, at least 0; 1.
/// * `cycles`: how many there are, at least 0; 0, which means without end.
/// * `warmup`: steps in which each cycle first rises in a line from `final` to its peak, at least 0; 0. They come
///   on top of the cycle's length and do not grow.
/// * `progress_power`: the exponent of k-decay, greater than 0; 1.
///
/// At step 0 `initial` (`final`, if there is a warm-up); at the last step of a cycle just above `final`, at the
/// next one the new peak. After the last cycle it holds `final`.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Loshchilov & Hutter 2017, arXiv:1608.03983.
/// Differs from: PyTorch's CosineAnnealingWarmRestarts (T_0, T_mult) has no peak_factor and never ends;
/// timm's CosineLRScheduler has one cycle by default; Keras calls the factors t_mul and m_mul; Optax joins
/// its cosines (sgdr_schedule). pytorch_optimizer's CosineAnnealingWarmupRestarts counts the warm-up as part of
/// the first length, rounds each length down, and starts at `final` even without a warm-up.
struct CosineRestarts {
  double initial = detail::not_given;
  std::int64_t steps = 0;
  double final = 0;
  double period_factor = 1;
  double peak_factor = 1;
  std::int64_t cycles = 0;
  std::int64_t warmup = 0;
  double progress_power = 1;

  double operator()(std::int64_t step) const {
    return detail::restarting(*this, step, [this](double progress) {
      return detail::half_cosine(detail::raised(progress, progress_power));
    });
  }

  std::int64_t duration() const { return detail::restarting_duration(*this); }

  void check() const {
    const Check check("CosineRestarts");
    detail::check_restarting(check, *this);
    check("progress_power", progress_power, legal::positive);
  }

  DESCENT_SCHEDULE(initial, steps, final, period_factor, peak_factor, cycles, warmup, progress_power)
};

}  // namespace descent
