// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Goes from one value to another along a power of the remaining steps.
///
///   value(k) = final + (initial - final) * (1 - (k / steps)^progress_power)^power
///
/// `initial` at step 0, exactly `final` from step `steps` on, unless it `extends`. With a power of 1, a
/// progress_power of 0.5 is 1 - sqrt(p) and one of 2 is 1 - p^2, the cooldowns of warmup_stable_decay.hpp.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Chen et al. 2017 ("poly"), arXiv:1606.00915; k-decay: Zhang & Li 2020, arXiv:2004.05909.
/// Differs from: PyTorch's PolynomialLR, which always ends at 0; Optax's polynomial_schedule as here; Keras's
/// PolynomialDecay ends at 1e-4 by default and calls `extends` cycle; timm's power is 0.5 by default, its
/// k_decay is `progress_power`, and it can restart (polynomial_restarts.hpp).
struct PolynomialDecay {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  double final = 0;                    ///< value at the end, finite
  double power = 1;                    ///< greater than 0; above 1 it changes fast first
  std::int64_t steps = 0;              ///< required: length, at least 1
  double progress_power = 1;           ///< exponent of k-decay, greater than 0
  bool extends = false;                ///< after the end, the length grows to the next multiple of `steps`:
                                       ///< the value jumps up and decays again, more slowly each time

  double operator()(std::int64_t step) const {
    if (step <= 0) return initial;
    if (step >= steps && (!extends || step % steps == 0)) return final;
    const double left = progress_power == 1 && step < steps
                            ? detail::ratio(steps - step, steps)
                            : 1 - detail::raised(progress(step), progress_power);
    return detail::blend(initial, final, detail::raised(left, power));
  }

  std::int64_t duration() const { return extends ? detail::endless : steps; }

  void check() const {
    const Check check("PolynomialDecay");
    check("initial", initial, legal::finite);
    check("final", final, legal::finite);
    check("power", power, legal::positive);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("progress_power", progress_power, legal::positive);
  }

  DESCENT_SCHEDULE(initial, final, power, steps, progress_power, extends)

 private:
  double progress(std::int64_t step) const {
    const double lengths = static_cast<double>(step / steps) + 1;
    const double progress = static_cast<double>(step) / (static_cast<double>(steps) * lengths);
    return progress < 1 ? progress : 1;
  }
};

}  // namespace descent
