// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>

#include <cmath>
#include <cstddef>

namespace descent {

/// Clips the update to a largest p-norm over all blocks.
///
///   norm = (sum |u|^power)^(1/power) over the tree,   max |u| if power is infinite
///   u = u min(1, max_norm / (norm + epsilon))
///
/// Memory: none. Passes: 2 (one that reads, with a power for each element unless it is infinite). Shapes:
/// any. Sums are taken in double, in an order that does not depend on the layout. For power = 2
/// ClipByGlobalNorm is much faster.
/// Errors: std::invalid_argument for an option out of its range.
/// PyTorch's clip_grad_norm_ with norm_type = power as here; Optax has only power = 2.
struct ClipByPowerNorm {
  Schedule max_norm = 1.0;  ///< largest norm, greater than 0
  double power = 1;         ///< at least 1, may be infinite
  double epsilon = 1e-6;    ///< added to the norm, not negative

  auto chain() const;

  void check(const Check& check) const {
    check("power", power, Interval{.low = 1, .low_is_open = false, .high_is_open = false});
    check("epsilon", epsilon, legal::non_negative);
  }
};

namespace detail {
/// (sum |u|^power)^(1/power) over the tree.
struct ClipByPowerSum {
  Schedule max_norm;
  double power;
  double epsilon;

  template <class S>
  struct MeasuringCoefficients {
    S power;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step) const { return {power}; }

  static constexpr RuleTraits traits{.measures = Scope::tree};
  template <class V>
  struct Measured {
    V sum;
  };
  // Lane by lane, since packs have no power function.
  template <class V>
  static void measure(V u, V, const MeasuringCoefficients<V>& c, Measured<V>& sums) {
    constexpr auto lanes = static_cast<std::size_t>(V::size);
    typename V::Scalar values[lanes], powers[lanes];
    abs(u).store(values);
    c.power.store(powers);
    for (std::size_t k = 0; k < lanes; ++k) values[k] = std::pow(values[k], powers[k]);
    sums.sum += V::load(values);
  }

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double scale = max_norm(step.index) / (std::pow(measured.sum, 1 / power) + epsilon);
    return {scale >= 1 ? 1 : scale};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.scale * u;
  }

  void check(const Check& check) const { check("max_norm", max_norm, legal::positive); }
};

/// max |u| over the tree.
struct ClipByLargest {
  Schedule max_norm;
  double epsilon;

  static constexpr RuleTraits traits{.measures = Scope::tree, .fold = Fold::maximum};
  template <class V>
  struct Measured {
    V largest;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.largest = max(sums.largest, abs(u));
  }

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double scale = max_norm(step.index) / (measured.largest + epsilon);
    return {scale >= 1 ? 1 : scale};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.scale * u;
  }

  void check(const Check& check) const { check("max_norm", max_norm, legal::positive); }
};
}  // namespace detail

inline auto ClipByPowerNorm::chain() const {
  const bool finite = is_finite(power);
  return either(finite,
                detail::ClipByPowerSum{.max_norm = max_norm, .power = finite ? power : 1, .epsilon = epsilon},
                detail::ClipByLargest{.max_norm = max_norm, .epsilon = epsilon});
}

}  // namespace descent
