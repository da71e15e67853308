// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>

namespace descent {

/// Applies the learning rate and averages the iterates, which replaces a falling schedule. The last rule of a
/// chain, instead of ScaleByLearningRate.
///
///   z = z - rate u                               the plain iterate; u is the direction at y
///   w = t^step_power max(rate so far)^rate_power,   c = w / (sum of all w)
///   x = (1 - c) x + c z                          the average, where the model is evaluated
///   y = momentum x + (1 - momentum) z            the parameters, where gradients are taken
///
/// Only y and z are stored; `optimizer.evaluation_point(parameters)` returns x.
/// Memory: 1 value a parameter. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio et al. 2024, arXiv:2405.15682.
/// Differs from: Keras, which has rate_power = 0; the authors' package has a warm-up as an option: warmup(n)
/// >> rate. Optax's schedule_free around a rule as here.
struct ScheduleFree {
  Schedule learning_rate = 1e-3;  ///< not negative; may warm up, but should not fall
  double momentum = 0.9;          ///< weight of the average x in y, in (0, 1)
  double step_power = 0;          ///< power of t in w, not negative
  double rate_power = 2;          ///< power of the rate in w, not negative

  DESCENT_STATE(z)
  static constexpr RuleTraits traits{
      .has_learning_rate = true, .has_evaluation_point = true, .stores_start = true};

  struct RuleState {
    double weight_sum = 0, max_rate = 0, share = 0;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.max_rate = std::max(rule_state.max_rate, learning_rate(step.index));
    const double weight = std::pow(step.t(), step_power) * std::pow(rule_state.max_rate, rate_power);
    rule_state.weight_sum += weight;
    rule_state.share = rule_state.weight_sum > 0 ? weight / rule_state.weight_sum : 0;
  }

  template <class S>
  struct Coefficients {
    S first, share, minus_rate, minus_rate_of_y, to_average;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double rate = learning_rate(step.index);
    return {step.is_first() ? 1.0 : 0.0, rule_state.share, -rate,
            rate * (momentum * (1 - rule_state.share) - 1), 1 - 1 / momentum};
  }

  template <class V, class C>
  static V update(V u, V y, State<V>& state, const C& c) {
    const V z = select(c.first > V(0), y, state.z);
    state.z = fma(c.minus_rate, u, z);
    return fma(c.share, z - y, c.minus_rate_of_y * u);
  }

  /// The average x.
  template <class V, class C>
  static V evaluation_point(V y, const State<V>& state, const C& c) {
    return fma(c.to_average, state.z - y, y);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("momentum", momentum, Interval{.low = 0, .high = 1});
    check("step_power", step_power, legal::non_negative);
    check("rate_power", rate_power, legal::non_negative);
  }
};

}  // namespace descent
