// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <limits>

namespace descent {

/// Keeps every parameter between two bounds. The last rule of a chain, after the learning rate. The defaults
/// keep parameters from becoming negative.
///
///   u = min(max(p + u, low), high) - p
///
/// Memory: none. Passes: 1 (fused). Shapes: any. Exact for a bound of 0; p + u meets other bounds up to one
/// rounding. NaN stays NaN.
/// Errors: std::invalid_argument for a bound that is NaN, or low above high.
/// Optax's projection_box and projection_non_negative, and Keras' NonNeg, after each step as here.
struct ProjectToBox {
  double low = 0;                                         ///< smallest value, at most `high`; may be infinite
  double high = std::numeric_limits<double>::infinity();  ///< largest value; may be infinite

  template <class S>
  struct Coefficients {
    S low, high;
  };
  Coefficients<double> coefficients(Step) const { return {low, high}; }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    const V moved = p + u;
    return select(moved < c.low, c.low - p, select(moved > c.high, c.high - p, u));
  }

  void check(const Check& check) const {
    const Interval any{.low_is_open = false, .high_is_open = false};
    check.that(any.contains(low), "low is nan, must be a number");
    check.that(any.contains(high), "high is nan, must be a number");
    check.that(!(low > high), "low is above high");
  }
};

}  // namespace descent
