// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// The schedule of the Transformer: a linear warm-up, then a decay with the square root of the steps.
///
///   value(k) = factor * model_size^-0.5 * min(t^-0.5, t * warmup^-1.5)     t = k + 1
///
/// * `model_size`: the width of the model, at least 1, has to be given.
/// * `warmup`: steps of the warm-up, at least 1, has to be given. They are part of the schedule.
/// * `factor`: finite; 1.
///
/// At step 0 1 / warmup of the peak, at step `warmup` - 1 the peak, factor / sqrt(model_size * warmup); it never
/// ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Vaswani et al. 2017, arXiv:1706.03762, equation 3.
/// Differs from: PyTorch, Optax and Keras leave it to a function, often of k instead of k + 1, which is 0 at the
/// first step. `warmup(n) >> InverseSquareRoot{.initial = peak, .steps = n}` takes the peak instead of the width.
struct Noam {
  std::int64_t model_size = 0;
  std::int64_t warmup = 0;
  double factor = 1;

  double operator()(std::int64_t step) const {
    const double count = static_cast<double>(detail::not_negative(step)) + 1;
    const auto rise = static_cast<double>(warmup);
    const double peak = factor / std::sqrt(static_cast<double>(model_size) * rise);
    return peak * (count < rise ? count / rise : std::sqrt(rise / count));
  }

  void check() const {
    const Check check("Noam");
    check("model_size", static_cast<double>(model_size), detail::whole_from(1));
    check("warmup", static_cast<double>(warmup), detail::whole_from(1));
    check("factor", factor, legal::finite);
  }

  DESCENT_SCHEDULE(model_size, warmup, factor)
};

}  // namespace descent
