// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Decaying momentum: falls so that the weight of each gradient in the sum of all updates falls linearly.
///
///   value(k) = initial * (1 - p) / ((1 - initial) + initial * (1 - p))     p = k / steps
///
///   Sgd{.learning_rate = 0.1, .momentum = Demon{.steps = 10'000}}      Adam{.beta1 = Demon{.steps = 10'000}}
///
/// `initial` at step 0, exactly 0 from step `steps` on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Chen, Wolfe, Li & Kyrillidis 2022, arXiv:1910.04952.
/// PyTorch, Optax, Keras and timm have none.
struct Demon {
  std::int64_t steps = 0;  ///< required: length, at least 1
  double initial = 0.9;    ///< value at step 0, in [0, 1)

  double operator()(std::int64_t step) const {
    if (step <= 0) return initial;
    if (step >= steps) return 0;
    const double left = initial * detail::ratio(steps - step, steps);
    return left / ((1 - initial) + left);
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("Demon");
    check("steps", static_cast<double>(steps), detail::whole_from(1));
    check("initial", initial, legal::decay_rate);
  }

  DESCENT_SCHEDULE(steps, initial)
};

}  // namespace descent
