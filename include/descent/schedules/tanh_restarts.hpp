// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/cycles.hpp>

#include <cstdint>
#include <optional>

namespace descent {

/// Consecutive decays along a hyperbolic tangent, each from a new peak.
///
///   value(k) = final + (peak_i - final) * (1 - tanh(lower + (upper - lower) * j / n_i)) / 2
///   at step j of cycle i = 0, 1, ...      n_i = steps * period_factor^i      peak_i = initial * peak_factor^i
///
/// Nearly `initial` at step 0 (`final` with a warm-up). Holds `final` after the last cycle. The warm-up is
/// not part of a cycle's length and does not grow.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Hsueh, Li & Wu 2019, arXiv:1806.01593; the restarts are timm's.
/// Differs from: timm's TanhLRScheduler has one cycle by default; PyTorch, Optax and Keras have none.
struct TanhRestarts {
  double initial = detail::not_given;  ///< required: first peak, finite
  std::int64_t steps = 0;              ///< required: length of the first cycle, at least 1
  double final = 0;                    ///< lowest value of each cycle, finite
  double lower = -7;                   ///< start of the part of the tangent that is used, finite
  double upper = 3;                    ///< end of that part, greater than `lower`
  double period_factor = 1;            ///< length of each cycle relative to the previous one, in [1, 1e6]
  double peak_factor = 1;              ///< height of each peak relative to the previous one, not negative
  std::optional<std::int64_t> cycles = {};  ///< number of cycles, at least 1; by default they never end
  std::int64_t warmup = 0;  ///< steps of a linear rise to the peak before each cycle, not negative

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
