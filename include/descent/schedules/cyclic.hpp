// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <optional>

namespace descent {

/// Rises and falls periodically in straight lines.
///
///   value(k) = initial + (peak - initial) * triangle * height
///   triangle: from 0 up to 1 in `rise` steps and down to 0 in `fall` steps
///   height = cycle_factor^c * step_factor^k * scale(c)     in cycle c = 0, 1, ...
///
/// `initial` at step 0, the peak at step `rise`; never ends. If `fall` is 0, the next cycle begins at the
/// step of the peak, so that the highest value is initial + (peak - initial) (rise - 1) / rise. For a
/// momentum that falls while the rate rises use Cyclic{.initial = 0.9, .peak = 0.8, ...}. For a height that
/// depends on the step use a product: low + high * f * Cyclic{0, 1, ...}.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Smith 2017, arXiv:1506.01186.
/// Differs from: PyTorch's CyclicLR (base_lr, max_lr, step_size_up, step_size_down, mode, gamma, scale_fn)
/// only in its scale_fn, which counts cycles from 1; its mode "triangular2" is a cycle_factor of 0.5,
/// "exp_range" a step_factor below 1; Optax, Keras and timm have none.
struct Cyclic {
  double initial = detail::not_given;     ///< required: value between the cycles, finite
  double peak = detail::not_given;        ///< required: value at the top of the first cycle, finite
  std::int64_t rise = 0;                  ///< required: steps to the top, at least 1
  std::optional<std::int64_t> fall = {};  ///< steps from the top, not negative; by default as many as `rise`
  double cycle_factor = 1;                ///< factor on the height per cycle, not negative
  double step_factor = 1;                 ///< factor on the height per step, not negative
  Schedule scale = 1;                     ///< factor on the height of cycle c, finite

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    const std::int64_t down = fall.value_or(rise), period = detail::saturating_sum(rise, down);
    const std::int64_t cycle = step / period, place = step % period;
    double height = place <= rise ? detail::ratio(place, rise) : detail::ratio(period - place, down);
    if (cycle_factor != 1) height = detail::scaled_by_power(height, cycle_factor, static_cast<double>(cycle));
    if (step_factor != 1) height = detail::scaled_by_power(height, step_factor, static_cast<double>(step));
    height *= scale(cycle);
    if (height >= 0 && height <= 1) return detail::blend(peak, initial, height);
    return detail::saturated(initial + detail::saturated((peak - initial) * detail::saturated(height)));
  }

  void check() const {
    const Check check("Cyclic");
    check("initial", initial, legal::finite);
    check("peak", peak, legal::finite);
    check("rise", static_cast<double>(rise), detail::whole_from(1));
    if (fall.has_value()) check("fall", static_cast<double>(*fall), detail::whole_from(0));
    check("cycle_factor", cycle_factor, legal::non_negative);
    check("step_factor", step_factor, legal::non_negative);
    check("scale", scale, legal::finite);
  }

  DESCENT_SCHEDULE(initial, peak, rise, fall, cycle_factor, step_factor, scale)
};

}  // namespace descent
