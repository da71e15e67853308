// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Falls with the inverse of the time, without ever ending: the classical rate for which stochastic approximation
/// converges.
///
///   value(k) = initial / (1 + decay * k / steps)^power
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `decay`: at least 0, has to be given.
/// * `steps`: the unit of time, at least 1; 1.
/// * `power`: greater than 0; 1. Between 0.5 and 1 for averaged iterates.
/// * `staircase`: whether it changes only at multiples of `steps`; false.
///
/// At step 0 `initial`, at step `steps` `initial / (1 + decay)^power`; it never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Robbins & Monro 1951.
/// Differs from: Keras's InverseTimeDecay has no power; PyTorch has it as lr_decay inside Adagrad (decay = lr_decay)
/// and, with a power, inside ASGD (decay = lambd * lr, power = alpha); Optax and timm leave it to a function.
struct InverseTimeDecay {
  double initial = detail::not_given;
  double decay = detail::not_given;
  std::int64_t steps = 1;
  double power = 1;
  bool staircase = false;

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
