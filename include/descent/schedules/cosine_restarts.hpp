// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/cycles.hpp>

#include <cstdint>
#include <optional>

namespace descent {

/// Consecutive cosine decays, each from a new peak: stochastic gradient descent with warm restarts (SGDR).
///
///   value(k) = final + (peak_i - final) * (1 + cos(pi * (j / n_i)^progress_power)) / 2
///   at step j of cycle i = 0, 1, ...      n_i = steps * period_factor^i      peak_i = initial * peak_factor^i
///
/// `initial` at step 0 (`final` with a warm-up); just above `final` at the last step of a cycle, the new peak
/// at the next step. Holds `final` after the last cycle. Cycles whose length is not whole begin between two
/// steps; the warm-up is not part of a cycle's length and does not grow.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Loshchilov & Hutter 2017, arXiv:1608.03983.
/// Differs from: PyTorch's CosineAnnealingWarmRestarts (T_0, T_mult), which has no peak_factor and never
/// ends; timm's CosineLRScheduler has one cycle by default; Keras calls the factors t_mul and m_mul; Optax
/// joins its cosines (sgdr_schedule). pytorch_optimizer's CosineAnnealingWarmupRestarts counts the warm-up as
/// part of the first length, rounds each length down, and starts at `final` even without a warm-up.
struct CosineRestarts {
  double initial = detail::not_given;  ///< required: first peak, finite
  std::int64_t steps = 0;              ///< required: length of the first cycle, at least 1
  double final = 0;                    ///< lowest value of each cycle, finite
  double period_factor = 1;            ///< length of each cycle relative to the previous one, in [1, 1e6]
  double peak_factor = 1;              ///< height of each peak relative to the previous one, not negative
  std::optional<std::int64_t> cycles = {};  ///< number of cycles, at least 1; by default they never end
  std::int64_t warmup = 0;    ///< steps of a linear rise to the peak before each cycle, not negative
  double progress_power = 1;  ///< exponent of k-decay, greater than 0

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
