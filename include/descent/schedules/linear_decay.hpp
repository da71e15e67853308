// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Goes from one value to another in a straight line, down or up.
///
///   value(k) = initial + (final - initial) * k / steps
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `final`: finite; 0.
/// * `steps`: its length, at least 1, has to be given.
///
/// At step 0 `initial`, at step `steps` `final`, exactly; it holds `final` from there on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: PyTorch's LinearLR has factors of the rate, and starts at a third of it by default; Optax's
/// linear_schedule has `shift(s, n)` built in as transition_begin; Keras has only its PolynomialDecay.
struct LinearDecay {
  double initial = detail::not_given;
  double final = 0;
  std::int64_t steps = 0;

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
