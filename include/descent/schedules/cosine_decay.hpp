// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Falls from one value to another along half a wave of a cosine: slowly at both ends, fast in between.
///
///   value(k) = final + (initial - final) * ((1 + cos(2 pi * waves * p)) / 2)^exponent
///   p = (k / steps)^progress_power
///
/// `initial` at step 0, exactly `final` at step `steps` (the value of the wave there if `waves` is not 0.5,
/// without `restarts`); holds that value afterwards, unless `periodic`, with period 2 * steps. For cycles
/// that grow use CosineRestarts.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Loshchilov & Hutter 2017, arXiv:1608.03983; k-decay: Zhang & Li 2020, arXiv:2004.05909.
/// Differs from: PyTorch's CosineAnnealingLR, which climbs back (`periodic = true`); Optax's
/// cosine_decay_schedule and Keras's CosineDecay have `alpha * initial` as `final`; Optax's
/// warmup_cosine_decay_schedule and timm's CosineLRScheduler count the warm-up as part of the length: in
/// Optax the cosine gets `steps` less the warm-up, in timm (without warmup_prefix) join({warmup(n, 0),
/// shift(cosine, -n)}, {n}). timm calls `progress_power` k_decay. Hugging Face calls `waves` num_cycles and
/// continues after the end; its num_cycles of hard restarts is twice `waves`.
struct CosineDecay {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  std::int64_t steps = 0;              ///< required: length, at least 1
  double final = 0;                    ///< value at the end, finite
  double exponent = 1;                 ///< of the wave, greater than 0
  bool periodic = false;               ///< rises again after `steps`, and so on
  double waves = 0.5;                  ///< number of waves, in (0, 1e6]; 1.5 comes down twice
  double progress_power = 1;           ///< exponent of k-decay, greater than 0; above 1 the decay is later
  bool restarts = false;               ///< each half wave starts at the top, instead of every second one
                                       ///< rising; not with `periodic`

  double operator()(std::int64_t step) const {
    if (step <= 0) return initial;
    if (step >= steps) {
      const bool climbs = (step / steps) % 2 == 1;
      if (periodic) step = climbs ? steps - step % steps : step % steps;
      if ((waves == 0.5 || restarts) && step >= steps) return final;
      if (step > steps) step = steps;
    }
    const double progress = detail::raised(detail::ratio(step, steps), progress_power);
    double phase = 2 * waves * progress;
    if (restarts) phase -= std::floor(phase);
    const double wave = detail::half_cosine(phase);
    return detail::blend(initial, final, exponent == 1 ? wave : std::pow(wave, exponent));
  }

  std::int64_t duration() const { return periodic ? detail::endless : steps; }

  void check() const {
    const Check check("CosineDecay");
    check("initial", initial, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("final", final, legal::finite);
    check("exponent", exponent, legal::positive);
    check("waves", waves, {.low = 0, .high = 1e6, .high_is_open = false});
    check("progress_power", progress_power, legal::positive);
    check.that(!(restarts && periodic), "restarts and periodic exclude each other; CosineRestarts has both");
  }

  DESCENT_SCHEDULE(initial, steps, final, exponent, periodic, waves, progress_power, restarts)
};

}  // namespace descent
