// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Clips the update of each block to a largest root mean square.
///
///   u = u / max(1, rms(u) / max_rms),   rms(u) = |u| / sqrt(n) over the n elements of the block
///
/// Memory: none. Passes: 2 (one that reads). Shapes: any. The squares are summed in double, in an order
/// that does not depend on the block's layout.
/// A NaN anywhere makes the whole update NaN. Errors: std::invalid_argument for max_rms out of its range.
/// Source: the update clipping of Shazeer & Stern 2018, arXiv:1804.04235, section 6. Optax as here.
struct ClipByBlockRms {
  Schedule max_rms = 1.0;  ///< largest root mean square, greater than 0

  static constexpr RuleTraits traits{.measures = Scope::block};
  template <class V>
  struct Measured {
    V sum_of_squares, count;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum_of_squares = fma(u, u, sums.sum_of_squares);
    sums.count += V(1);
  }

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double ratio = std::sqrt(measured.sum_of_squares / measured.count) / max_rms(step.index);
    return {ratio <= 1 ? 1 : 1 / ratio};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.scale * u;
  }

  void check(const Check& check) const { check("max_rms", max_rms, legal::positive); }
};

}  // namespace descent
