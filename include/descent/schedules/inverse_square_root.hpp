// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Falls with the square root of the steps and never ends: for training of unknown length.
///
///   value(k) = initial * sqrt(steps / (steps + k))
///
/// `initial` at step 0, half of it at step 3 * steps; never ends. `warmup(n) >> InverseSquareRoot{.initial =
/// r, .steps = n}` is r * sqrt(n / k) from step n on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Vaswani et al. 2017, arXiv:1706.03762; Raffel et al. 2020, arXiv:1910.10683.
/// Differs from: Hugging Face's get_inverse_sqrt_schedule, which calls `steps` timescale; PyTorch, Optax and
/// Keras have none.
struct InverseSquareRoot {
  double initial = detail::not_given;  ///< required: value at step 0, finite
  std::int64_t steps = 0;              ///< required: time scale, at least 1

  double operator()(std::int64_t step) const {
    const auto scale = static_cast<double>(steps);
    return initial * std::sqrt(scale / (scale + static_cast<double>(detail::not_negative(step))));
  }

  void check() const {
    const Check check("InverseSquareRoot");
    check("initial", initial, legal::finite);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
  }

  DESCENT_SCHEDULE(initial, steps)
};

}  // namespace descent
