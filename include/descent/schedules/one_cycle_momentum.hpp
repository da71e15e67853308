// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>
#include <descent/schedules/one_cycle_phase.hpp>

#include <cstdint>
#include <optional>

namespace descent {

/// The momentum for OneCycle: low while the rate is high. OneCycle::momentum() makes it from the rate.
///
/// `high` at step 0, `low` at the peak, `high` from the end on; for a rise of less than two steps and for
/// rise = 1 see OneCycle.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Smith & Topin 2017, arXiv:1708.07120.
/// Differs from: PyTorch, which calls them max_momentum and base_momentum; Optax does not change the
/// momentum.
struct OneCycleMomentum {
  std::int64_t steps = 0;           ///< required: that of the rate, at least 1
  double high = 0.95;               ///< value at step 0 and at the end, in [0, 1)
  double low = 0.85;                ///< value at the peak of the rate, in [0, 1)
  double rise = 0.3;                ///< that of the rate, in [0, 1]
  std::optional<double> fall = {};  ///< that of the rate, in [rise, 2]
  bool linear = false;              ///< that of the rate
  bool final_after_end = false;     ///< that of the rate

  double operator()(std::int64_t step) const {
    const auto phase = detail::one_cycle_phase(*this, step);
    if (phase.number == 2) return high;
    if (phase.number == 1) return detail::one_cycle_blend(low, high, phase.progress, linear);
    return detail::one_cycle_blend(high, low, phase.progress, linear);
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("OneCycleMomentum");
    detail::check_one_cycle(check, *this);
    check("high", high, legal::decay_rate);
    check("low", low, legal::decay_rate);
  }

  DESCENT_SCHEDULE(steps, high, low, rise, fall, linear, final_after_end)
};

}  // namespace descent
