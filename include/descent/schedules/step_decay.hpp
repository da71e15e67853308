// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Multiplies by a factor every so many steps.
///
///   value(k) = initial * factor^floor(k / every)
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `factor`: at least 0; 0.1. A factor above 1 grows up to the largest finite double.
/// * `every`: steps between two changes, at least 1, has to be given. The first is at step `every`.
///
/// At step 0 `initial`, at step `every` `initial * factor`; it never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: common practice (Krizhevsky et al. 2012); same as PyTorch's StepLR.
/// Differs from: Optax and Keras have it as the staircase of their exponential decay.
struct StepDecay {
  double initial = detail::not_given;
  double factor = 0.1;
  std::int64_t every = 0;

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
