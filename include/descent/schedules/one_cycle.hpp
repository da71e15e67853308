// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>
#include <optional>

namespace descent {

namespace detail {
/// Where a step lies in a one-cycle schedule: 0 up, 1 down, 2 fading out; and how far in [0, 1].
struct CyclePhase {
  int number;
  double progress;
};

template <class Family>
CyclePhase one_cycle_phase(const Family& family, std::int64_t step) {
  const std::int64_t last = family.final_after_end ? family.steps : family.steps - 1;
  const auto now = static_cast<double>(step < 0 ? 0 : step < last ? step : last);
  const auto length = static_cast<double>(family.steps), end = static_cast<double>(last);
  const double top = family.final_after_end ? std::floor(family.rise * length) : family.rise * length - 1;
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

/// The momentum that belongs to OneCycle: low where the rate is high.
///
/// * `steps`, `rise`, `fall`, `linear`, `final_after_end`: those of the rate; OneCycle::momentum() copies them.
/// * `high`: in [0, 1); 0.95. Value at step 0 and at the end.
/// * `low`: in [0, 1); 0.85. Value where the rate has its peak.
///
/// At step 0 `high`, at the peak `low`, at the end `high`, which it holds; but see OneCycle for a rise of less than two
/// steps and for rise = 1.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Smith & Topin 2017, arXiv:1708.07120.
/// Differs from: PyTorch calls them max_momentum and base_momentum; Optax leaves the momentum alone.
struct OneCycleMomentum {
  std::int64_t steps = 0;
  double high = 0.95;
  double low = 0.85;
  double rise = 0.3;
  std::optional<double> fall = {};
  bool linear = false;
  bool final_after_end = false;

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

/// One cycle: up to a peak far above the usual rate, and down to almost nothing.
///
///   two phases:    peak / initial_divisor -> peak -> peak / (initial_divisor * final_divisor)
///   three phases:  peak / initial_divisor -> peak -> peak / initial_divisor -> the same last value
///
/// * `peak`: finite, has to be given.
/// * `steps`: its length, at least 1, has to be given.
/// * `rise`: the fraction of the steps until the peak, in [0, 1]; 0.3.
/// * `fall`: where it is back at its first value, as a fraction of the steps, in [rise, 2]; none, which means two
///   phases. The paper's three phases have fall = 2 * rise.
/// * `initial_divisor`, `final_divisor`: greater than 0; 25 and 1e4.
/// * `linear`: whether the phases are straight lines, not half waves of a cosine; false.
/// * `final_after_end`: whether `steps` counts the steps from the first to the last value, so that the last is at
///   step `steps` and the peak at floor(rise * steps), as in Optax; false: the values are at 0, ..., steps - 1,
///   the peak at rise * steps - 1 and the fall at fall * steps - 2, as in PyTorch.
///
/// At step 0 peak / initial_divisor, at step steps - 1 the last value, which it holds. Two exceptions:
///
/// * A rise of less than two steps (rise * steps < 2) has no step at the peak between the first value and the fall. If
///   rise * steps is 1, step 0 is the peak; if it is less, step 0 is past the peak. With `final_after_end` step 0 is
///   the peak if rise * steps < 1.
/// * If rise is 1, nothing falls: the last step is the peak, which it holds.
///
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Smith & Topin 2017, arXiv:1708.07120.
/// Differs from: PyTorch's OneCycleLR (max_lr, total_steps, pct_start, div_factor, final_div_factor) has
/// three_phase for fall = 2 * rise, and fails past its end; Optax's cosine_onecycle_schedule has
/// `final_after_end`, its linear_onecycle_schedule also three phases and a `fall` of 0.85; Keras and timm have
/// none.
struct OneCycle {
  double peak = detail::not_given;
  std::int64_t steps = 0;
  double rise = 0.3;
  std::optional<double> fall = {};
  double initial_divisor = 25;
  double final_divisor = 1e4;
  bool linear = false;
  bool final_after_end = false;

  double operator()(std::int64_t step) const {
    const auto phase = detail::one_cycle_phase(*this, step);
    const double initial = peak / initial_divisor, final = initial / final_divisor;
    const double from = phase.number == 1 ? peak : initial;
    const double to = phase.number == 0 ? peak : phase.number == 1 && fall.has_value() ? initial : final;
    return detail::one_cycle_blend(from, to, phase.progress, linear);
  }

  /// The momentum that goes with it, from `high` to `low` and back.
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
