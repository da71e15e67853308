// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>

namespace descent {

/// Drops the elements of the update that point against the gradient, and scales up the others.
///
///   mask = 1 if u and the gradient have the same sign, else 0
///   u = u mask / max(mean(mask), floor),   the mean over the block
///
/// Place it before the learning rate, after the rule whose update it masks. The gradient is that of the chain
/// after Negate.
/// Memory: none. Passes: 2 (one that reads). Shapes: any. Errors: std::invalid_argument for a floor out
/// of its range.
/// Source: Liang et al. 2024, arXiv:2411.16085; timm's `caution`.
/// Differs from: pytorch_optimizer, which scales by n / (sum + 1).
struct Cautious {
  double floor = 1e-3;  ///< smallest mean of the mask, in (0, 1]

  static constexpr RuleTraits traits{.measures = Scope::block, .takes_gradient = true};
  template <class V>
  struct Measured {
    V agreeing, elements;
  };
  template <class V>
  static void measure(V u, V, V gradient, Measured<V>& sums) {
    sums.agreeing += select(agrees(u, gradient), V(1), V(0));
    sums.elements += V(1);
  }

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step, const Measured<double>& measured) const {
    const double share = measured.elements > 0 ? measured.agreeing / measured.elements : 1;
    return {1 / std::max(share, floor)};
  }

  template <class V, class C>
  static V update(V u, V, V gradient, const C& c) {
    return select(agrees(u, gradient), c.scale * u, u - u);  // 0, but NaN for NaN
  }

  void check(const Check& check) const {
    check("floor", floor, Interval{.low = 0, .high = 1, .high_is_open = false});
  }

 private:
  // Compares signs, since the product can underflow.
  template <class V>
  static auto agrees(V u, V gradient) {
    return (u > V(0) && gradient > V(0)) || (u < V(0) && gradient < V(0));
  }
};

}  // namespace descent
