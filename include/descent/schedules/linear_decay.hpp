// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Goes from one value to another in a straight line.
///
///   value(k) = initial + (final - initial) * k / steps
///
/// `initial` at step 0, exactly `final` from step `steps` on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: PyTorch's LinearLR, which has factors of the rate and starts at a third of it by default;
/// transition_begin of Optax's linear_schedule is `shift(s, n)`; Keras has only PolynomialDecay.
struct LinearDecay {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  double final = 0;                    ///< value at the end, finite
  std::int64_t steps = 0;              ///< required: length, at least 1

  double operator()(std::int64_t step) const {
    if (step <= 0) return initial;
    if (step >= steps) return final;
    return detail::blend(final, initial, detail::ratio(step, steps));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("LinearDecay");
    check("initial", initial, legal::finite);
    check("final", final, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
  }

  DESCENT_SCHEDULE(initial, final, steps)
};

}  // namespace descent
