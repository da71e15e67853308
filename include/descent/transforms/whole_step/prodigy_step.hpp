// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/whole_step/rate_times_distance.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace descent {

/// The step of Prodigy including the rate and the minus sign, but without coupled decay: Adam whose rate
/// grows with an estimate d of the distance to the solution. `optimizer.rule_state<Prodigy>().d` is the
/// estimate.
///
///   r = d rate,   with bias_correction times sqrt(1 - beta2^t) / (1 - beta1^t)
///   n = beta3 n + (d / d_0) r <g, p_0 - p>        s = beta3 s + (d / d_0) r g
///   m = beta1 m + (1 - beta1) d g                 v = beta2 v + (1 - beta2) d^2 g^2
///   d' = coefficient n / |s|_1,   at most growth_rate d, and never below d
///   u = -r m / (sqrt(v) + d' epsilon) - r weight_decay p,   sums over the tree
///
/// Memory: 4 values a parameter, and the estimate. Passes: 2 (one that reads). Shapes: any. The sums are
/// taken in double, in an order that does not depend on the layout.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Mishchenko & Defazio 2023, arXiv:2306.06101.
struct ProdigyStep {
  Schedule learning_rate = 1.0;       ///< multiple of the rate that is found, not negative
  Schedule beta1 = 0.9;               ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;             ///< decay of the average of squared gradients, in [0, 1)
  Schedule beta3 = std::sqrt(0.999);  ///< decay of n and s, in [0, 1)
  double epsilon = 1e-8;              ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;        ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  double initial_distance = 1e-6;                                  ///< d_0, greater than 0
  double coefficient = 1;                                          ///< factor on the estimate, greater than 0
  double growth_rate = std::numeric_limits<double>::infinity();    ///< largest growth of d per step after it
                                                                   ///< has left d_0, at least 1
  bool bias_correction = false;   ///< multiplies r by sqrt(1 - beta2^t) / (1 - beta1^t)
  bool safeguard_warmup = false;  ///< the rate does not weigh the gradients in s

  DESCENT_STATE(exp_avg, exp_avg_sq, s, p0)
  static constexpr RuleTraits traits{.measures = Scope::tree,
                                     .has_learning_rate = true,
                                     .has_initial_rule_state = true,
                                     .stores_start = true};

  struct RuleState {
    double d = 0, d_max = 0;  // the estimate, and the largest so far
    double d_before = 0, numerator = 0, rate = 0, moves = 0;
    double beta1_power = 1, beta2_power = 1;
  };
  RuleState initial_rule_state() const { return {.d = initial_distance, .d_max = initial_distance}; }

  template <class S>
  struct MeasuringCoefficients {
    S first, beta3, growth;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step, const RuleState& rule_state) const {
    return {step.is_first() ? 1.0 : 0.0, beta3(step.index), growth(step, rule_state)};
  }

  template <class V>
  struct Measured {
    V progress, path;
  };
  template <class V, class C>
  static void measure(V u, V p, const State<V>& state, const C& c, Measured<V>& sums) {
    sums.progress = fma(u, select(c.first > V(0), p, state.p0) - p, sums.progress);
    sums.path += abs(fma(c.beta3, state.s, c.growth * u));
  }

  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    const double d = rule_state.d, d_max = rule_state.d_max;
    const double rate = detail::rate_times_distance(*this, step, rule_state);
    rule_state.numerator =
        beta3(step.index) * rule_state.numerator + d / initial_distance * rate * measured.progress;
    rule_state.d_before = d;
    rule_state.rate = rate;
    rule_state.moves = measured.path == 0 ? 0 : 1;
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
    if (measured.path == 0) return;
    const double estimate = coefficient * rule_state.numerator / measured.path;
    const double from = d == initial_distance && estimate > d ? estimate : d;
    rule_state.d_max = estimate <= d_max ? d_max : estimate;  // NaN passes
    rule_state.d = std::min(rule_state.d_max, from * growth_rate);
  }

  template <class S>
  struct Coefficients {
    S first, beta1, weight1, beta2, weight2, beta3, growth, epsilon, minus_rate, minus_decay;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state, const Measured<double>&) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index), d = rule_state.d_before;
    const double taken = safeguard_warmup ? d : rule_state.rate;
    const double decay = weight_decay_form == WeightDecayForm::decoupled ? rule_state.rate : 1;
    return {step.is_first() ? 1.0 : 0.0,
            b1,
            d * (1 - b1),
            b2,
            d * d * (1 - b2),
            beta3(step.index),
            d / initial_distance * taken,
            rule_state.d * epsilon,
            -rule_state.rate * rule_state.moves,
            -decay * rule_state.moves * weight_decay(step.index)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.weight1 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.weight2 * u * u);
    state.s = fma(c.beta3, state.s, c.growth * u);
    state.p0 = select(c.first > V(0), p, state.p0);
    const V root = sqrt(state.exp_avg_sq) + c.epsilon;
    const V step = divide_or_zero(c.minus_rate * state.exp_avg, root);
    return fma(c.minus_decay, p, step);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("beta3", beta3, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
    check("initial_distance", initial_distance, legal::positive);
    check("coefficient", coefficient, legal::positive);
    check("growth_rate", growth_rate, Interval{.low = 1, .low_is_open = false, .high_is_open = false});
  }

 private:
  double growth(Step step, const RuleState& rule_state) const {
    const double d = rule_state.d;
    return d / initial_distance *
           (safeguard_warmup ? d : detail::rate_times_distance(*this, step, rule_state));
  }
};

}  // namespace descent
