// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

namespace descent {

/// Decaying momentum: falls such that the weight of each gradient in the sum of all updates falls in a line.
///
///   value(k) = initial * (1 - p) / ((1 - initial) + initial * (1 - p))     p = k / steps
///
///   Sgd{.learning_rate = 0.1, .momentum = Demon{.steps = 10'000}}      Adam{.beta1 = Demon{.steps = 10'000}}
///
/// * `steps`: its length, at least 1, has to be given.
/// * `initial`: in [0, 1); 0.9. Value at step 0.
///
/// At step 0 `initial`, at step `steps` 0, exactly; it holds 0 from there on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Chen, Wolfe, Li & Kyrillidis 2022, arXiv:1910.04952.
/// Differs from: PyTorch, Optax, Keras and timm have none.
struct Demon {
  std::int64_t steps = 0;
  double initial = 0.9;

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
