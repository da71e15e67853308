// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Rises through all plausible rates, to find at which the loss falls and at which it diverges.
///
///   value(k) = initial * (final / initial)^p      or, `linear`, initial + (final - initial) * p
///   p = every * floor(k / every) / steps
///
/// `initial` at step 0, exactly `final` from step `steps` on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Smith 2017, arXiv:1506.01186; the exponential form is fastai's.
/// Differs from: DeepSpeed's LRRangeTest, which is linear without end with a given slope: final = initial *
/// (1 + slope * steps / size). PyTorch, Optax, Keras and timm have none.
struct RangeTest {
  double initial = 1e-7;     ///< value at step 0, greater than 0
  double final = 10;         ///< value at the end, greater than 0
  std::int64_t steps = 100;  ///< length, at least 1
  bool linear = false;       ///< grows by the same amount instead of the same factor
  std::int64_t every = 1;    ///< steps per rate, at least 1

  double operator()(std::int64_t step) const {
    if (step >= steps) return final;
    step = detail::not_negative(step);
    const std::int64_t left = steps - (step - step % every);
    if (linear) return detail::blend(initial, final, detail::ratio(left, steps));
    return initial * std::pow(final / initial, detail::ratio(steps - left, steps));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("RangeTest");
    check("initial", initial, legal::positive);
    check("final", final, legal::positive);
    check.that(linear || (is_finite(final / initial) && final / initial > 0),
               "final / initial is out of range");
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("every", static_cast<double>(every), detail::whole_from(1));
  }

  DESCENT_SCHEDULE(initial, final, steps, linear, every)
};

}  // namespace descent
