// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// The schedule of the Transformer: a linear warm-up, then a decay with the square root of the steps.
///
///   value(k) = factor * model_size^-0.5 * min(t^-0.5, t * warmup^-1.5)     t = k + 1
///
/// The peak divided by `warmup` at step 0, the peak factor / sqrt(model_size * warmup) at step `warmup` - 1;
/// never ends.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Vaswani et al. 2017, arXiv:1706.03762, equation 3.
/// Differs from: PyTorch, Optax and Keras, which have none; user code often has k instead of k + 1, which is
/// 0 at the first step. For a given peak instead of the width use `warmup(n) >> InverseSquareRoot{.initial =
/// peak, .steps = n}`.
struct Noam {
  std::int64_t model_size = 0;  ///< required: width of the model, at least 1
  std::int64_t warmup = 0;      ///< required: steps of the warm-up, at least 1
  double factor = 1;            ///< finite

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
