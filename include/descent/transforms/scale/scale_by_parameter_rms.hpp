// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>

namespace descent {

/// Multiplies the update of each block by the size of its parameters, so that steps are relative.
///
///   u = max(min_rms, rms(p)) u,   rms(p) = |p| / sqrt(n) over the n elements of the block
///
/// Memory: none. Passes: 2 (one that reads). Shapes: any. The squares are summed in double, in an order
/// that does not depend on the block's layout.
/// Errors: std::invalid_argument for min_rms out of its range.
/// Source: the relative step size of Shazeer & Stern 2018, arXiv:1804.04235, section 8. Optax's
/// scale_by_param_block_rms as here.
struct ScaleByParameterRms {
  double min_rms = 1e-3;  ///< smallest size of a block, so that parameters of 0 move; not negative

  static constexpr RuleTraits traits{.measures = Scope::block};
  template <class V>
  struct Measured {
    V sum_of_squares, count;
  };
  template <class V>
  static void measure(V, V p, Measured<V>& sums) {
    sums.sum_of_squares = fma(p, p, sums.sum_of_squares);
    sums.count += V(1);
  }

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step, const Measured<double>& measured) const {
    return {std::max(std::sqrt(measured.sum_of_squares / measured.count), min_rms)};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.scale * u;
  }

  void check(const Check& check) const { check("min_rms", min_rms, legal::non_negative); }
};

namespace detail {
/// Weight decay relative to the size of a block, as in ScaleByParameterRms: u = u - rate weight_decay
/// max(min_rms, rms(p)) p.
struct SubtractRelativeDecay {
  Schedule learning_rate, weight_decay;
  double min_rms;

  static constexpr RuleTraits traits{.measures = Scope::block, .has_learning_rate = true};
  template <class V>
  using Measured = ScaleByParameterRms::Measured<V>;
  template <class V>
  static void measure(V u, V p, Measured<V>& sums) {
    ScaleByParameterRms::measure(u, p, sums);
  }

  template <class S>
  struct Coefficients {
    S minus_decay;
  };
  Coefficients<double> coefficients(Step step, const Measured<double>& measured) const {
    const double size = ScaleByParameterRms{min_rms}.coefficients(step, measured).scale;
    return {-learning_rate(step.index) * weight_decay(step.index) * size};
  }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return fma(c.minus_decay, p, u);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};
}  // namespace detail

}  // namespace descent
