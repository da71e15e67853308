// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Falls by the same share at every step, given as a rate of decay.
///
///   value(k) = initial * exp(-decay * k / steps)
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `decay`: at least 0, has to be given.
/// * `steps`: in how many steps the decay is applied once, at least 1; 1.
/// * `staircase`: whether it changes only at multiples of `steps`; false.
///
/// At step 0 `initial`, at step `steps` `initial / e^decay`; it never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: TensorFlow 1's natural_exp_decay.
/// Differs from: ExponentialDecay only in how the factor is given: factor = e^-decay. PyTorch, Optax, Keras and
/// timm have that one alone.
struct NaturalExponentialDecay {
  double initial = detail::not_given;
  double decay = detail::not_given;
  std::int64_t steps = 1;
  bool staircase = false;

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
