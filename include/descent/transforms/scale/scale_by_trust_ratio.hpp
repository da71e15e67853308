// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace descent {

/// Scales the update of each block to the size of the block, so that steps are relative.
///
///   ratio = coefficient max(|p|, min_norm) / (max(|u|, min_norm) + epsilon),   1 if either norm is 0
///   u = min(ratio, max_ratio) u,   norms over the block
///
/// Memory: none. Passes: 2 (one that reads). Shapes: any. The norms are summed in double, in an order that
/// does not depend on the block's layout. The update of a block of zeros does not change, so that it can
/// leave 0.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: You et al. 2017, arXiv:1708.03888 (LARS); You et al. 2020, arXiv:1904.00962 (LAMB).
/// Differs from: Optax's scale_by_trust_ratio, which has no max_ratio; timm's trust_clip is max_ratio = 1.
struct ScaleByTrustRatio {
  double coefficient = 1;  ///< factor on the ratio, greater than 0
  double epsilon = 0;      ///< added to the denominator, not negative
  double min_norm = 0;     ///< smaller norms count as this one, not negative
  double max_ratio = std::numeric_limits<double>::infinity();  ///< greater than 0, may be infinite

  static constexpr RuleTraits traits{.measures = Scope::block};
  template <class V>
  struct Measured {
    V squared_parameters, squared_update;
  };
  template <class V>
  static void measure(V u, V p, Measured<V>& sums) {
    sums.squared_parameters = fma(p, p, sums.squared_parameters);
    sums.squared_update = fma(u, u, sums.squared_update);
  }

  template <class S>
  struct Coefficients {
    S ratio;
  };
  Coefficients<double> coefficients(Step, const Measured<double>& measured) const {
    return {ratio(std::sqrt(measured.squared_parameters), std::sqrt(measured.squared_update))};
  }

  /// The factor for a block with these norms.
  double ratio(double parameter_norm, double update_norm) const {
    const double of_parameters = parameter_norm < min_norm ? min_norm : parameter_norm;
    const double of_update = update_norm < min_norm ? min_norm : update_norm;
    if (of_parameters == 0 || of_update == 0) return std::min(1.0, max_ratio);
    const double plain = coefficient * of_parameters / (of_update + epsilon);
    return plain > max_ratio ? max_ratio : plain;
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.ratio * u;
  }

  void check(const Check& check) const {
    check("coefficient", coefficient, legal::positive);
    check("epsilon", epsilon, legal::non_negative);
    check("min_norm", min_norm, legal::non_negative);
    check("max_ratio", max_ratio, Interval{.low = 0, .high_is_open = false});
  }
};

}  // namespace descent
