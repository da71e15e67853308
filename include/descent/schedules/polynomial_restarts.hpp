// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/cycles.hpp>

#include <cstdint>
#include <optional>

namespace descent {

/// Consecutive polynomial decays, each from a new peak.
///
///   value(k) = final + (peak_i - final) * (1 - (j / n_i)^progress_power)^power
///   at step j of cycle i = 0, 1, ...      n_i = steps * period_factor^i      peak_i = initial * peak_factor^i
///
/// `initial` at step 0 (`final` with a warm-up); just above `final` at the last step of a cycle, the new peak
/// at the next step. Holds `final` after the last cycle. The warm-up is not part of a cycle's length and does
/// not grow.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: timm's PolyLRScheduler; k-decay: Zhang & Li 2020, arXiv:2004.05909.
/// Differs from: timm, which has one cycle and a power of 0.5 by default; PyTorch, Optax and Keras have a
/// single decay (polynomial_decay.hpp).
struct PolynomialRestarts {
  double initial = detail::not_given;  ///< required: first peak, finite
  std::int64_t steps = 0;              ///< required: length of the first cycle, at least 1
  double final = 0;                    ///< lowest value of each cycle, finite
  double power = 1;                    ///< greater than 0
  double period_factor = 1;            ///< length of each cycle relative to the previous one, in [1, 1e6]
  double peak_factor = 1;              ///< height of each peak relative to the previous one, not negative
  std::optional<std::int64_t> cycles = {};  ///< number of cycles, at least 1; by default they never end
  std::int64_t warmup = 0;    ///< steps of a linear rise to the peak before each cycle, not negative
  double progress_power = 1;  ///< exponent of k-decay, greater than 0

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
