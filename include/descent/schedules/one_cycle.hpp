// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>
#include <descent/schedules/one_cycle_momentum.hpp>
#include <descent/schedules/one_cycle_phase.hpp>

#include <cstdint>
#include <optional>

namespace descent {

/// One cycle: rises to a peak far above the usual rate, and falls to almost 0.
///
///   two phases:    peak / initial_divisor -> peak -> peak / (initial_divisor * final_divisor)
///   three phases:  peak / initial_divisor -> peak -> peak / initial_divisor -> the same last value
///
/// peak / initial_divisor at step 0, the last value from step steps - 1 on; the peak is at rise * steps - 1
/// and the fall ends at fall * steps - 2, as in PyTorch. The paper's three phases have fall = 2 * rise. With
/// `final_after_end` the last value is at step `steps` and the peak at floor(rise * steps), as in Optax. Two
/// exceptions:
///
/// * A rise of less than two steps (rise * steps < 2) has no step at the peak between the first value and the fall. If
///   rise * steps is 1, step 0 is the peak; if it is less, step 0 is past the peak. With `final_after_end` step 0 is
///   the peak if rise * steps < 1.
/// * If rise is 1, the value does not fall: it holds the peak from the last step on.
///
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Smith & Topin 2017, arXiv:1708.07120.
/// Differs from: PyTorch's OneCycleLR (max_lr, total_steps, pct_start, div_factor, final_div_factor), which
/// has three_phase for fall = 2 * rise, and fails after its end; Optax's cosine_onecycle_schedule has
/// `final_after_end`, its linear_onecycle_schedule also three phases and a `fall` of 0.85; Keras and timm
/// have none.
struct OneCycle {
  double peak = detail::not_given;  ///< required: finite
  std::int64_t steps = 0;           ///< required: length, at least 1
  double rise = 0.3;                ///< fraction of the steps until the peak, in [0, 1]
  std::optional<double> fall = {};  ///< fraction of the steps until it is back at the first value, in
                                    ///< [rise, 2]; by default two phases
  double initial_divisor = 25;      ///< greater than 0
  double final_divisor = 1e4;       ///< greater than 0
  bool linear = false;              ///< straight lines instead of half waves of a cosine
  bool final_after_end = false;     ///< the last value is at step `steps` instead of `steps` - 1

  double operator()(std::int64_t step) const {
    const auto phase = detail::one_cycle_phase(*this, step);
    const double initial = peak / initial_divisor, final = initial / final_divisor;
    const double from = phase.number == 1 ? peak : initial;
    const double to = phase.number == 0 ? peak : phase.number == 1 && fall.has_value() ? initial : final;
    return detail::one_cycle_blend(from, to, phase.progress, linear);
  }

  /// The momentum for this rate, from `high` to `low` and back.
  OneCycleMomentum momentum(double high = 0.95, double low = 0.85) const {
    return {steps, high, low, rise, fall, linear, final_after_end};
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("OneCycle");
    check("peak", peak, legal::finite);
    detail::check_one_cycle(check, *this);
    check("initial_divisor", initial_divisor, legal::positive);
    check("final_divisor", final_divisor, legal::positive);
    check.that(is_finite(peak / initial_divisor / final_divisor) && is_finite(peak / initial_divisor),
               "peak / initial_divisor / final_divisor is too large");
  }

  DESCENT_SCHEDULE(peak, steps, rise, fall, initial_divisor, final_divisor, linear, final_after_end)
};

}  // namespace descent
