// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Goes from the rate of training to the constant rate of stochastic weight averaging.
///
///   value(k) = final + (initial - final) * (1 + cos(pi * k / steps)) / 2      or, `linear`, (1 - k / steps)
///
/// `initial` at step 0 (`final` without steps), exactly `final` from step `steps` on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Izmailov et al. 2018, arXiv:1803.05407.
/// Differs from: PyTorch's SWALR (swa_lr, anneal_epochs, anneal_strategy), whose `initial` is the current
/// rate; its epochs are per_epoch(s, n). Optax, Keras and timm have none.
struct SwaAnnealing {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  double final = detail::not_given;    ///< required: rate at which to average, finite
  std::int64_t steps = 10;             ///< length, not negative; 0 is `final` at once
  bool linear = false;                 ///< straight line instead of half a wave of a cosine

  double operator()(std::int64_t step) const {
    step = detail::not_negative(step);
    if (step >= steps) return final;
    const std::int64_t left = steps - step;
    if (linear) return detail::blend(initial, final, detail::ratio(left, steps));
    return detail::blend(initial, final, detail::half_cosine(detail::ratio(steps - left, steps)));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("SwaAnnealing");
    check("initial", initial, legal::finite);
    check("final", final, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(0));
  }

  DESCENT_SCHEDULE(initial, final, steps, linear)
};

}  // namespace descent
