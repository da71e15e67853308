// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace descent {

/// The step of DAdaptSgd including the rate and the minus sign, but without coupled decay: the rate grows
/// with an estimate d of the distance to the solution. `optimizer.rule_state<DAdaptSgd>().d` is the estimate.
///
///   r = d rate / |g_0|,   g_0 the first gradient that is not 0
///   n = n + r <g, s>                                  s = s + r g
///   d = max(d, min(2 n / |s|, growth_rate d))
///   p = (1 - r weight_decay) p
///   p = momentum p + (1 - momentum) (p_0 - s),   sums over the tree
///
/// Memory: 2 values a parameter, and the estimate. Passes: 2 (one that reads). Shapes: any. The sums are
/// taken in double, in an order that does not depend on the layout. Nothing moves before the first gradient
/// other than 0.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio & Mishchenko 2023, arXiv:2301.07733.
struct DAdaptSgdStep {
  Schedule learning_rate = 1.0;  ///< multiple of the rate that is found, not negative
  Schedule momentum = 0.9;       ///< share of the old parameters in the new ones, in [0, 1)
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  double initial_distance = 1e-6;                                  ///< first d, greater than 0
  double growth_rate = std::numeric_limits<double>::infinity();  ///< largest growth of d per step, at least 1

  DESCENT_STATE(s, x0)
  static constexpr RuleTraits traits{.measures = Scope::tree,
                                     .has_learning_rate = true,
                                     .has_initial_rule_state = true,
                                     .stores_start = true};

  struct RuleState {
    double d = 0;  // the estimate
    double numerator = 0, rate = 0, first_norm = 0, first = 1;
  };
  RuleState initial_rule_state() const { return {.d = initial_distance}; }

  template <class V>
  struct Measured {
    V gradient_squared, product, sum_squared;
  };
  template <class V>
  static void measure(V u, V, const State<V>& state, Measured<V>& sums) {
    sums.gradient_squared = fma(u, u, sums.gradient_squared);
    sums.product = fma(u, state.s, sums.product);
    sums.sum_squared = fma(state.s, state.s, sums.sum_squared);
  }

  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    rule_state.first = rule_state.first_norm == 0 ? 1 : 0;
    if (rule_state.first_norm == 0) rule_state.first_norm = std::sqrt(measured.gradient_squared);
    rule_state.rate = 0;
    if (rule_state.first_norm == 0) return;
    const double rate = rule_state.d * learning_rate(step.index) / rule_state.first_norm;
    rule_state.rate = rate;
    rule_state.numerator += rate * measured.product;
    // |s + r g|^2 from the sums.
    const double squared =
        measured.sum_squared + rate * (2 * measured.product + rate * measured.gradient_squared);
    if (learning_rate(step.index) == 0 || squared == 0) return;
    const double bound = std::min(2 * rule_state.numerator / std::sqrt(squared), rule_state.d * growth_rate);
    if (!(bound <= rule_state.d)) rule_state.d = bound;  // NaN passes
  }

  template <class S>
  struct Coefficients {
    S first, rate, minus_decay, weight;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state, const Measured<double>&) const {
    const bool moves = rule_state.first_norm != 0;
    const double decay = weight_decay_form == WeightDecayForm::decoupled ? rule_state.rate : moves ? 1 : 0;
    const bool first = step.is_first() || rule_state.first != 0;
    return {first ? 1.0 : 0.0, rule_state.rate, -decay * weight_decay(step.index), 1 - momentum(step.index)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.x0 = select(c.first > V(0), p, state.x0);
    state.s = fma(c.rate, u, state.s);
    const V decay = c.minus_decay * p;
    return fma(c.weight, (state.x0 - state.s) - (p + decay), decay);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("momentum", momentum, legal::decay_rate);
    check("weight_decay", weight_decay, legal::non_negative);
    check("initial_distance", initial_distance, legal::positive);
    check("growth_rate", growth_rate, Interval{.low = 1, .low_is_open = false, .high_is_open = false});
  }
};

}  // namespace descent
