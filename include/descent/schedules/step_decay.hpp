// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Multiplies by a factor every `every` steps.
///
///   value(k) = initial * factor^floor(k / every)
///
/// `initial` at step 0, `initial * factor` at step `every`; never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: common practice (Krizhevsky et al. 2012); PyTorch's StepLR as here.
/// Differs from: Optax and Keras, which have it as the staircase of the exponential decay.
struct StepDecay {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  double factor = 0.1;                 ///< not negative; above 1 the value grows
  std::int64_t every = 0;              ///< required: steps between two changes, at least 1

  double operator()(std::int64_t step) const {
    const std::int64_t changes = detail::not_negative(step) / every;
    return detail::scaled_by_power(initial, factor, static_cast<double>(changes));
  }

  void check() const {
    const Check check("StepDecay");
    check("initial", initial, legal::finite);
    check("factor", factor, legal::non_negative);
    check("every", static_cast<double>(every), detail::whole_from(1));
  }

  DESCENT_SCHEDULE(initial, factor, every)
};

}  // namespace descent
