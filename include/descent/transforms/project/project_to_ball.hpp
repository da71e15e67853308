// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Keeps the Euclidean norm of each block within a bound. The last rule of a chain, after the learning rate.
///
///   x = p + u,   u = x min(1, radius / |x|) - p,   the norm over the block
///
/// Memory: none. Passes: 2 (one that reads). Shapes: any. The norm is summed in double, in an order that does
/// not depend on the block's layout; the bound is met up to rounding. A norm that is NaN makes the block NaN.
/// Errors: std::invalid_argument for a radius out of its range.
/// Optax's projection_l2_ball of one array after each step as here; Keras' MaxNorm uses norms of columns.
struct ProjectToBall {
  Schedule radius = 1.0;  ///< largest norm, greater than 0

  static constexpr RuleTraits traits{.measures = Scope::block};
  template <class V>
  struct Measured {
    V squared_norm;
  };
  template <class V>
  static void measure(V u, V p, Measured<V>& sums) {
    const V moved = p + u;
    sums.squared_norm = fma(moved, moved, sums.squared_norm);
  }

  template <class S>
  struct Coefficients {
    S left;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double norm = std::sqrt(measured.squared_norm), most = radius(step.index);
    return {norm <= most ? 1 : most / norm};
  }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return select(c.left == V(1), u, fma(c.left, p + u, -p));
  }

  void check(const Check& check) const { check("radius", radius, legal::positive); }
};

}  // namespace descent
