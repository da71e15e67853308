// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Falls by the same factor at every step, given as a rate of decay.
///
///   value(k) = initial * exp(-decay * k / steps)
///
/// `initial` at step 0, `initial / e^decay` at step `steps`; never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: TensorFlow 1's natural_exp_decay.
/// Differs from: ExponentialDecay, whose factor is e^-decay. PyTorch, Optax, Keras and timm have only that.
struct NaturalExponentialDecay {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  double decay = detail::not_given;    ///< required: not negative
  std::int64_t steps = 1;              ///< steps per decay, at least 1
  bool staircase = false;              ///< changes only at multiples of `steps`

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    if (staircase) step -= step % steps;
    const double exponent = detail::saturated(decay * detail::ratio(step, steps));
    return initial * std::exp(-exponent);
  }

  void check() const {
    const Check check("NaturalExponentialDecay");
    check("initial", initial, legal::finite);
    check("decay", decay, legal::non_negative);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
  }

  DESCENT_SCHEDULE(initial, decay, steps, staircase)
};

}  // namespace descent
