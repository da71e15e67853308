// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Falls slowly at first and steeply at the end: reflected exponential decay, for a given budget of steps.
///
///   value(k) = final + (initial - final) * (1 - p) / (1 - p / 2)     p = k / steps
///
/// `initial` at step 0, exactly `final` from step `steps` on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Chen, Wolfe & Kyrillidis 2021, arXiv:2107.04197.
/// pytorch_optimizer's REXScheduler as here; PyTorch, Optax, Keras and timm have none.
struct Rex {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  std::int64_t steps = 0;              ///< required: length, at least 1
  double final = 0;                    ///< value at the end, finite

  double operator()(std::int64_t step) const {
    if (step <= 0) return initial;
    if (step >= steps) return final;
    const double left = detail::ratio(steps - step, steps);
    return detail::blend(initial, final, left / (0.5 + 0.5 * left));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("Rex");
    check("initial", initial, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("final", final, legal::finite);
  }

  DESCENT_SCHEDULE(initial, steps, final)
};

}  // namespace descent
