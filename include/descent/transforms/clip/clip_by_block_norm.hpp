// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Clips the update of each block to a largest Euclidean norm.
///
///   u = u min(1, max_norm / (|u| + epsilon)),   |u| over the block
///
/// Memory: none. Passes: 2 (one that reads). Shapes: any. The norm is summed in double, in an order
/// that does not depend on the block's layout.
/// A norm that is NaN makes the whole update NaN, as in PyTorch. A norm that overflows (elements above 1e154
/// in double) makes it 0.
/// Errors: std::invalid_argument for an option out of its range.
/// Keras' clipnorm (with epsilon = 0) and PyTorch's clip_grad_norm_ on each tensor as here.
struct ClipByBlockNorm {
  Schedule max_norm = 1.0;         ///< largest norm, greater than 0
  double epsilon = 1e-6;           ///< added to the norm, not negative
  bool spares_first_step = false;  ///< does not clip the first step of a block

  static constexpr RuleTraits traits{.measures = Scope::block};
  template <class V>
  struct Measured {
    V squared_norm;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.squared_norm = fma(u, u, sums.squared_norm);
  }

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double scale = max_norm(step.index) / (std::sqrt(measured.squared_norm) + epsilon);
    return {scale >= 1 || (spares_first_step && step.is_first()) ? 1 : scale};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.scale * u;
  }

  void check(const Check& check) const {
    check("max_norm", max_norm, legal::positive);
    check("epsilon", epsilon, legal::non_negative);
  }
};

}  // namespace descent
