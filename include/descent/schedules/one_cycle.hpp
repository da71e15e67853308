// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>
#include <optional>

namespace descent {

namespace detail {
/// The phase of a step in a one-cycle schedule (0 up, 1 down, 2 final) and the progress in it, in [0, 1].
struct CyclePhase {
  int number;
  double progress;
};

template <class Family>
CyclePhase one_cycle_phase(const Family& family, std::int64_t step) {
  const std::int64_t last = family.final_after_end ? family.steps : family.steps - 1;
  const auto now = static_cast<double>(step < 0 ? 0 : step < last ? step : last);
  const auto length = static_cast<double>(family.steps), end = static_cast<double>(last);
  const double raised = family.rise * length;  // rounded: with - 1 in one expression clang would fuse the two
  const double top = family.final_after_end ? std::floor(raised) : raised - 1;
  if (now <= top) return {0, top > 0 ? now / top : 1};
  double begin = top;
  if (family.fall.has_value()) {
    const double bottom = *family.fall * length;
    const double fallen = family.final_after_end ? std::floor(bottom) : bottom - 2;
    if (now <= fallen) return {1, (now - begin) / (fallen - begin)};
    begin = fallen;
  }
  const int phase = family.fall.has_value() ? 2 : 1;
  return {phase, end > begin ? (now - begin) / (end - begin) : 1};
}

inline double one_cycle_blend(double from, double to, double progress, bool linear) {
  return blend(from, to, linear ? 1 - progress : half_cosine(progress));
}

template <class Family>
void check_one_cycle(const Check& check, const Family& family) {
  check("steps", static_cast<double>(family.steps), whole_from(1));
  check("rise", family.rise, legal::unit_interval);
  if (family.fall.has_value())
    check("fall", *family.fall, {.low = family.rise, .high = 2, .low_is_open = false, .high_is_open = false});
}
}  // namespace detail

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
