// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/whole_step/rate_times_distance.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace descent {

/// The step of DAdaptAdam including the rate and the minus sign, but without coupled decay: the rate grows
/// with an estimate d of the distance to the solution. `optimizer.rule_state<DAdaptAdam>().d` is the
/// estimate.
///
///   r = d rate,   with bias_correction times sqrt(1 - beta2^t) / (1 - beta1^t);   b = sqrt(beta2)
///   n = b n + (1 - b) r <g, s / (sqrt(v) + epsilon)>      s = b s + (1 - b) r g
///   m = beta1 m + (1 - beta1) r g                         v = beta2 v + (1 - beta2) g^2
///   d = max(d, min(n / ((1 - b) |s|_1), growth_rate d))
///   u = -m / (sqrt(v) + epsilon) - r weight_decay p,   sums over the tree
///
/// Memory: 3 values a parameter, and the estimate. Passes: 2 (one that reads). Shapes: any. The sums are
/// taken in double, in an order that does not depend on the layout.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio & Mishchenko 2023, arXiv:2301.07733.
struct DAdaptAdamStep {
  Schedule learning_rate = 1.0;  ///< multiple of the rate that is found, not negative
  Schedule beta1 = 0.9;          ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;        ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;         ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  double initial_distance = 1e-6;                                  ///< first d, greater than 0
  double growth_rate = std::numeric_limits<double>::infinity();  ///< largest growth of d per step, at least 1
  bool bias_correction = false;  ///< multiplies r by sqrt(1 - beta2^t) / (1 - beta1^t)

  DESCENT_STATE(exp_avg, exp_avg_sq, s)
  static constexpr RuleTraits traits{
      .measures = Scope::tree, .has_learning_rate = true, .has_initial_rule_state = true};

  struct RuleState {
    double d = 0;  // the estimate
    double numerator = 0, rate = 0, moves = 0;
    double beta1_power = 1, beta2_power = 1;
  };
  RuleState initial_rule_state() const { return {.d = initial_distance}; }

  template <class S>
  struct MeasuringCoefficients {
    S averaging, growth, epsilon;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step, const RuleState& rule_state) const {
    const double b = std::sqrt(beta2(step.index));
    return {b, (1 - b) * detail::rate_times_distance(*this, step, rule_state), epsilon};
  }

  template <class V>
  struct Measured {
    V progress, path;
  };
  template <class V, class C>
  static void measure(V u, V, const State<V>& state, const C& c, Measured<V>& sums) {
    const V root = sqrt(state.exp_avg_sq) + c.epsilon;
    sums.progress = fma(u, divide_or_zero(state.s, root), sums.progress);
    sums.path += abs(fma(c.averaging, state.s, c.growth * u));
  }

  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    const double b = std::sqrt(beta2(step.index)), d = rule_state.d,
                 rate = detail::rate_times_distance(*this, step, rule_state);
    rule_state.rate = rate;
    rule_state.moves = measured.path == 0 ? 0 : 1;
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
    if (measured.path == 0) return;
    rule_state.numerator = b * rule_state.numerator + (1 - b) * rate * measured.progress;
    if (rate == 0) return;
    const double bound = std::min(rule_state.numerator / ((1 - b) * measured.path), d * growth_rate);
    rule_state.d = bound <= d ? d : bound;  // NaN passes
  }

  template <class S>
  struct Coefficients {
    S beta1, weight1, beta2, weight2, averaging, growth, epsilon, moves, minus_decay;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state, const Measured<double>&) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index), b = std::sqrt(b2);
    const double decay = weight_decay_form == WeightDecayForm::decoupled ? rule_state.rate : 1;
    return {b1,
            rule_state.rate * (1 - b1),
            b2,
            1 - b2,
            b,
            rule_state.rate * (1 - b),
            epsilon,
            rule_state.moves,
            -decay * rule_state.moves * weight_decay(step.index)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.weight1 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.weight2 * u * u);
    state.s = fma(c.averaging, state.s, c.growth * u);
    const V root = sqrt(state.exp_avg_sq) + c.epsilon;
    const V step = divide_or_zero(c.moves * state.exp_avg, root);
    return fma(c.minus_decay, p, -step);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
    check("initial_distance", initial_distance, legal::positive);
    check("growth_rate", growth_rate, Interval{.low = 1, .low_is_open = false, .high_is_open = false});
  }
};

}  // namespace descent
