// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Multiplies the update by the squared distance from the start, divided by the root of the weighted sum of
/// squared updates; no rate to choose.
///
///   r2 = max over the steps of |p - p_0|^2,   at least initial_squared_distance
///   G = G + r2 |u|^2          u = r2 / (sqrt(G) + epsilon) u,   norms over the tree
///
/// Memory: 1 value a parameter, and 2 numbers. Passes: 2 (one that reads). Shapes: any. The norms are
/// summed in double, in an order that does not depend on the layout.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Khaled, Mishchenko & Jin 2023, arXiv:2305.16284. Optax's scale_by_dowg as here; the default of its
/// init_estim_sq_dist is eps.
struct ScaleByDoWG {
  double initial_squared_distance = 1e-4;  ///< smallest r2, greater than 0
  double epsilon = 1e-4;                   ///< added to the denominator, not negative

  DESCENT_STATE(p0)
  static constexpr RuleTraits traits{
      .measures = Scope::tree, .has_initial_rule_state = true, .stores_start = true};

  template <class S>
  struct MeasuringCoefficients {
    S first;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step) const {
    return {step.is_first() ? 1.0 : 0.0};
  }

  template <class V>
  struct Measured {
    V distance_squared, gradient_squared;
  };
  template <class V, class C>
  static void measure(V u, V p, const State<V>& state, const C& c, Measured<V>& sums) {
    const V gone = p - select(c.first > V(0), p, state.p0);
    sums.distance_squared = fma(gone, gone, sums.distance_squared);
    sums.gradient_squared = fma(u, u, sums.gradient_squared);
  }

  struct RuleState {
    double squared_distance = 0, weighted_sum = 0;
  };
  RuleState initial_rule_state() const { return {.squared_distance = initial_squared_distance}; }
  void advance(RuleState& rule_state, Step, const Measured<double>& measured) const {
    if (!(measured.distance_squared <= rule_state.squared_distance))
      rule_state.squared_distance = measured.distance_squared;  // NaN shows
    rule_state.weighted_sum += rule_state.squared_distance * measured.gradient_squared;
  }

  template <class S>
  struct Coefficients {
    S first, rate;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state, const Measured<double>&) const {
    const double root = std::sqrt(rule_state.weighted_sum) + epsilon;
    return {step.is_first() ? 1.0 : 0.0, root == 0 ? 0 : rule_state.squared_distance / root};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.p0 = select(c.first > V(0), p, state.p0);
    return c.rate * u;
  }

  void check(const Check& check) const {
    check("initial_squared_distance", initial_squared_distance, legal::positive);
    check("epsilon", epsilon, legal::non_negative);
  }
};

}  // namespace descent
