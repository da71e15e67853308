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
  struct Measured {
    V distance_squared, parameters_squared, gradient_squared;

    DESCENT_INLINE void add(V u, V p, V p0) {
      const V gone = p - p0;
      distance_squared = fma(gone, gone, distance_squared);
      parameters_squared = fma(p, p, parameters_squared);
      gradient_squared = fma(u, u, gradient_squared);
    }
  };
  template <class V, class C>
  static void measure(V u, V p, const State<V>& state, const C& c, Measured<V>& sums) {
    sums.add(u, p, select(c.first > V(0), p, state.p0));
  }

  struct RuleState {
    double max_distance = 0, gradient_sum = 0;
  };
  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    if (step.is_first()) rule_state.max_distance = first_distance(std::sqrt(measured.parameters_squared));
    const double distance = std::sqrt(measured.distance_squared);
    if (!(distance <= rule_state.max_distance)) rule_state.max_distance = distance;  // NaN shows
    rule_state.gradient_sum += measured.gradient_squared;
  }

  template <class S>
  struct Coefficients {
    S first, rate;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state, const Measured<double>&) const {
    const Step of_tree{.index = step.index};  // what was measured is not of one block
    return {step.is_first() ? 1.0 : 0.0, rate(rule_state, of_tree)};
  }
  double rate(const RuleState& rule_state, Step step) const {
    if (start == DoGStart::rate && step.is_first()) return initial;
    const double squared = rule_state.gradient_sum + epsilon;
    return squared == 0 ? 0 : rule_state.max_distance / std::sqrt(squared);
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.p0 = select(c.first > V(0), p, state.p0);
    return c.rate * u;
  }

  void check(const Check& check) const {
    check("initial", initial, legal::positive);
    check("epsilon", epsilon, legal::non_negative);
  }

 private:
  double first_distance(double norm) const {
    if (start == DoGStart::rate) return 0;
    return start == DoGStart::distance ? initial : initial * (1 + norm);
  }
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
  using Measured = ScaleByDoG::Measured<V>;
  template <class V, class C>
  static void measure(V u, V p, const State<V>& state, const C& c, Measured<V>& sums) {
    sums.add(u, p, select(c.first > V(0), p, state.p0));
  }

  using BlockState = ScaleByDoG::RuleState;
  void advance(BlockState& block_state, Step step, const Measured<double>& measured) const {
    of_a_tree().advance(block_state, step, measured);
  }

  template <class S>
  using Coefficients = ScaleByDoG::Coefficients<S>;
  Coefficients<double> coefficients(Step step, const BlockState& block_state, const Measured<double>&) const {
    return {step.is_first() ? 1.0 : 0.0, of_a_tree().rate(block_state, step)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.p0 = select(c.first > V(0), p, state.p0);
    return c.rate * u;
  }

  void check(const Check& check) const { of_a_tree().check(check); }

 private:
  ScaleByDoG of_a_tree() const { return {.initial = initial, .start = start, .epsilon = epsilon}; }
};

}  // namespace descent
