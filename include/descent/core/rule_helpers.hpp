// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/schedule.hpp>

// What many formulas share: corrections of averages that begin at 0.

namespace descent {

/// Whether an option is the constant 0.
inline bool is_always_zero(const Schedule& schedule) { return schedule.is_constant() && schedule(0) == 0; }

/// beta^t from beta^(t-1): `power * beta`, or 0 below 1e-20, so that it never becomes denormal.
///
/// Keep the power in `RuleState` and call this in `advance`: right for scheduled betas, and cheaper than pow().
inline double next_power(double power, double beta) {
  const double next = power * beta;
  return next < 1e-20 ? 0 : next;
}

/// 1 / (1 - beta^t): the factor that corrects an average which began at 0. `power` is beta^t.
inline double bias_correction(double power) { return power < 0x1p-54 ? 1 : 1 / (1 - power); }

/// The next average of squares: average + weight (square - average).
///
/// An average that has overflowed stays infinite, so that the update it divides is 0: infinity - infinity is NaN.
template <class V, class W>
V average_square(const W& weight, const V& square, const V& average) {
  return select(is_finite(average), fma(weight, square - average, average), average);
}

}  // namespace descent
