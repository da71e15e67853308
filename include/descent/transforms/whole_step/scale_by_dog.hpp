// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// The first distance of DoG, before the parameters have moved.
enum class DoGStart {
  /// initial * (1 + |p_0|).
  heuristic,
  /// `initial`.
  distance,
  /// `initial` is the first rate; later rates use the distance from the start.
  rate
};

namespace detail {
/// What DoG remembers of the tree or of a block.
struct DoGState {
  double max_distance = 0, gradient_sum = 0;
};

template <class V>
struct DoGSums {
  V distance_squared, parameters_squared, gradient_squared;
};

template <class V>
DESCENT_INLINE void add_to_dog(V u, V p, V p0, DoGSums<V>& sums) {
  const V gone = p - p0;
  sums.distance_squared = fma(gone, gone, sums.distance_squared);
  sums.parameters_squared = fma(p, p, sums.parameters_squared);
  sums.gradient_squared = fma(u, u, sums.gradient_squared);
}

inline void advance_dog(DoGState& rule_state, DoGStart start, double initial, Step step,
                        const DoGSums<double>& sums) {
  if (step.is_first()) {
    rule_state.max_distance = start == DoGStart::rate ? 0
                              : start == DoGStart::distance
                                  ? initial
                                  : initial * (1 + std::sqrt(sums.parameters_squared));
  }
  const double distance = std::sqrt(sums.distance_squared);
  if (!(distance <= rule_state.max_distance)) rule_state.max_distance = distance;  // NaN shows
  rule_state.gradient_sum += sums.gradient_squared;
}

inline double dog_rate(const DoGState& rule_state, DoGStart start, double initial, double epsilon,
                       Step step) {
  if (start == DoGStart::rate && step.is_first()) return initial;
  const double squared = rule_state.gradient_sum + epsilon;
  return squared == 0 ? 0 : rule_state.max_distance / std::sqrt(squared);
}

inline void check_dog(const Check& check, double initial, double epsilon) {
  check("initial", initial, legal::positive);
  check("epsilon", epsilon, legal::non_negative);
}
}  // namespace detail

/// Multiplies the update by the distance from the start, divided by the root of the sum of squared updates;
/// no rate to choose.
///
///   r = max over the steps of |p - p_0|,   at least initial (1 + |p_0|)
///   G = sum over the steps of |u|^2        u = r / sqrt(G + epsilon) u,   norms over the tree
///
/// Memory: 1 value a parameter, and 2 numbers. Passes: 2 (one that reads). Shapes: any. The norms are
/// summed in double, in an order that does not depend on the layout.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ivgi, Hinder & Carmon 2023, arXiv:2302.12022. Optax's scale_by_dog as here.
struct ScaleByDoG {
  double initial = 1e-6;                 ///< sets the first distance, greater than 0
  DoGStart start = DoGStart::heuristic;  ///< how `initial` is used
  double epsilon = 1e-8;                 ///< added to the sum of squares, not negative

  DESCENT_STATE(p0)
  static constexpr RuleTraits traits{.measures = Scope::tree, .stores_start = true};

  template <class S>
  struct MeasuringCoefficients {
    S first;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step) const {
    return {step.is_first() ? 1.0 : 0.0};
  }

  template <class V>
  using Measured = detail::DoGSums<V>;
  template <class V, class C>
  static void measure(V u, V p, const State<V>& state, const C& c, Measured<V>& sums) {
    detail::add_to_dog(u, p, select(c.first > V(0), p, state.p0), sums);
  }

  using RuleState = detail::DoGState;
  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    detail::advance_dog(rule_state, start, initial, step, measured);
  }

  template <class S>
  struct Coefficients {
    S first, rate;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state, const Measured<double>&) const {
    const Step of_tree{.index = step.index};  // what was measured is not of one block
    return {step.is_first() ? 1.0 : 0.0, detail::dog_rate(rule_state, start, initial, epsilon, of_tree)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.p0 = select(c.first > V(0), p, state.p0);
    return c.rate * u;
  }

  void check(const Check& check) const { detail::check_dog(check, initial, epsilon); }
};

/// ScaleByDoG for each block separately (L-DoG): distances and gradients are those of the block.
///
/// Memory (but 2 numbers a block), passes, errors and source: as ScaleByDoG.
/// Optax's scale_by_l_dog as here.
struct ScaleByLayerwiseDoG {
  double initial = 1e-6;                 ///< sets the first distance, greater than 0
  DoGStart start = DoGStart::heuristic;  ///< how `initial` is used
  double epsilon = 1e-8;                 ///< added to the sum of squares, not negative

  DESCENT_STATE(p0)
  static constexpr RuleTraits traits{.measures = Scope::block, .stores_start = true};

  template <class S>
  using MeasuringCoefficients = ScaleByDoG::MeasuringCoefficients<S>;
  MeasuringCoefficients<double> measuring_coefficients(Step step) const {
    return {step.is_first() ? 1.0 : 0.0};
  }

  template <class V>
  using Measured = detail::DoGSums<V>;
  template <class V, class C>
  static void measure(V u, V p, const State<V>& state, const C& c, Measured<V>& sums) {
    detail::add_to_dog(u, p, select(c.first > V(0), p, state.p0), sums);
  }

  using BlockState = detail::DoGState;
  void advance(BlockState& rule_state, Step step, const Measured<double>& measured) const {
    detail::advance_dog(rule_state, start, initial, step, measured);
  }

  template <class S>
  using Coefficients = ScaleByDoG::Coefficients<S>;
  Coefficients<double> coefficients(Step step, const BlockState& rule_state, const Measured<double>&) const {
    return {step.is_first() ? 1.0 : 0.0, detail::dog_rate(rule_state, start, initial, epsilon, step)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.p0 = select(c.first > V(0), p, state.p0);
    return c.rate * u;
  }

  void check(const Check& check) const { detail::check_dog(check, initial, epsilon); }
};

}  // namespace descent
