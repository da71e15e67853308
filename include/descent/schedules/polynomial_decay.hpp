// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Goes from one value to another along a power of the steps that are left.
///
///   value(k) = final + (initial - final) * (1 - k / steps)^power
///
/// * `initial`: finite, has to be given. Value at step 0.
/// * `final`: finite; 0.
/// * `power`: greater than 0; 1. Above 1 it changes fast first and slowly later, below 1 the other way round.
/// * `steps`: its length, at least 1, has to be given.
///
/// At step 0 `initial`, at step `steps` `final`, exactly; it holds `final` from there on.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Chen et al. 2017 ("poly"), arXiv:1606.00915.
/// Differs from: PyTorch's PolynomialLR always ends at 0; Optax's polynomial_schedule and Keras's
/// PolynomialDecay are the same, but Keras ends at 1e-4 by default; timm's power is 0.5 by default.
struct PolynomialDecay {
  double initial = detail::not_given;
  double final = 0;
  double power = 1;
  std::int64_t steps = 0;

  double operator()(std::int64_t step) const {
    if (step <= 0) return initial;
    if (step >= steps) return final;
    return detail::blend(initial, final, std::pow(detail::ratio(steps - step, steps), power));
  }

  std::int64_t duration() const { return steps; }

  void check() const {
    const Check check("PolynomialDecay");
    check("initial", initial, legal::finite);
    check("final", final, legal::finite);
    check("power", power, legal::positive);
    check("steps", static_cast<double>(steps), detail::whole_from(1));
  }
};

}  // namespace descent
