// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Falls with the inverse of time and never ends: the classical rate for which stochastic approximation
/// converges.
///
///   value(k) = initial / (1 + decay * k / steps)^power
///
/// `initial` at step 0, `initial / (1 + decay)^power` at step `steps`; never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Robbins & Monro 1951.
/// Differs from: Keras's InverseTimeDecay, which has no power; PyTorch has it as lr_decay in Adagrad (decay =
/// lr_decay) and, with a power, in ASGD (decay = lambd * lr, power = alpha); Optax and timm have none.
struct InverseTimeDecay {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  double decay = detail::not_given;    ///< required: not negative
  std::int64_t steps = 1;              ///< unit of time, at least 1
  double power = 1;                    ///< greater than 0; between 0.5 and 1 for averaged iterates
  bool staircase = false;              ///< changes only at multiples of `steps`

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    if (staircase) step -= step % steps;
    const double growth = 1 + detail::saturated(decay * detail::ratio(step, steps));
    return initial / detail::saturated(detail::raised(growth, power));
  }

  void check() const {
    const Check check("InverseTimeDecay");
    check("initial", initial, legal::finite);
    check("decay", decay, legal::non_negative);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("power", power, legal::positive);
  }

  DESCENT_SCHEDULE(initial, decay, steps, power, staircase)
};

}  // namespace descent
