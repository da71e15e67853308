// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Falls slowly at first and steeply at the end: reflected exponential decay, for a given budget of steps.
///
///   value(k) = final + (initial - final) * (1 - p) / (1 - p / 2)     p = k / steps
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `steps`: its length, at least 1, has to be given.
/// * `final`: finite; 0.
///
/// At step 0 `initial`, at step `steps` `final`, exactly; it holds `final` from there on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Chen, Wolfe & Kyrillidis 2021, arXiv:2107.04197.
/// Differs from: pytorch_optimizer's REXScheduler is the same; PyTorch, Optax, Keras and timm have none.
struct Rex {
  double initial = detail::not_given;
  std::int64_t steps = 0;
  double final = 0;

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
