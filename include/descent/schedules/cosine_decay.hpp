// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Goes from one value to another along half a wave of a cosine: slowly at both ends, fast between.
///
///   value(k) = final + (initial - final) * ((1 + cos(pi * k / steps)) / 2)^exponent
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `steps`: its length, at least 1, has to be given. It does not include a warm-up before it.
/// * `final`: finite; 0.
/// * `exponent`: greater than 0; 1.
/// * `periodic`: whether it climbs back after `steps` and goes on for ever, with period 2 * steps; false.
///
/// At step 0 `initial`, at step `steps` `final`, exactly; it holds `final` from there on, unless `periodic`.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Loshchilov & Hutter 2017, arXiv:1608.03983.
/// Differs from: PyTorch's CosineAnnealingLR, which climbs back (`periodic = true`); Optax's
/// cosine_decay_schedule and Keras's CosineDecay give `final` as `alpha * initial`; Optax's
/// warmup_cosine_decay_schedule counts the warm-up as part of the length.
struct CosineDecay {
  double initial = detail::not_given;
  std::int64_t steps = 0;
  double final = 0;
  double exponent = 1;
  bool periodic = false;

  double operator()(std::int64_t step) const {
    if (step <= 0) return initial;
    if (step >= steps) {
      if (!periodic) return final;
      const bool climbs = (step / steps) % 2 == 1;
      step = climbs ? steps - step % steps : step % steps;
      if (step == steps) return final;
    }
    const double wave = detail::half_cosine(detail::ratio(step, steps));
    return detail::blend(initial, final, exponent == 1 ? wave : std::pow(wave, exponent));
  }

  std::int64_t duration() const { return periodic ? detail::endless : steps; }

  void check() const {
    const Check check("CosineDecay");
    check("initial", initial, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("final", final, legal::finite);
    check("exponent", exponent, legal::positive);
  }
};

}  // namespace descent
