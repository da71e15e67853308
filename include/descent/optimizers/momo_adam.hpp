// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/whole_step/momo_model.hpp>

namespace descent {

/// Adam whose rate is bounded by a model of the loss, built from the losses and gradients so far.
///
///   m = beta1 m + (1 - beta1) g,   f = beta1 f + (1 - beta1) loss,   c = beta1 c + (1 - beta1) <g, p>
///   v = beta2 v + (1 - beta2) g^2,   D = epsilon + sqrt(v / (1 - beta2^t)),   b = 1 - beta1^t
///   r = min(rate / b, max(0, k (f - b min_loss - c) + <m, p>) / <m, m / D>),   sums over the tree
///   p = p / k - r m / D,   k = 1 + rate weight_decay
///
/// Steps need the loss: `step(parameters, gradient, loss)` or `step(parameters, objective)`.
/// Memory: 2 values a parameter, and the model. Passes: 2 (one that reads). Shapes: any. The sums are taken
/// in double, in an order that does not depend on the layout. If <m, m / D> is at most 2.2e-16, r is 0.
/// A loss that is NaN makes the update NaN. `optimizer.rule_state<MoMoAdam>().model` returns the model, with r as
/// step_size.
/// Errors: std::invalid_argument for an option out of its range. A step without a loss does not compile.
/// Source: Schaipp et al. 2023, arXiv:2305.07583. Optax (contrib.momo_adam) as here.
struct MoMoAdam {
  Schedule learning_rate = 0.01;  ///< largest rate, not negative; choose it rather large
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, greater than 0
  double min_loss = 0;            ///< lower bound of the loss, finite
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  bool adapt_min_loss = false;    ///< raises min_loss when the losses show that it is too low

  DESCENT_STATE(exp_avg, exp_avg_sq)
  static constexpr RuleTraits traits{
      .measures = Scope::tree, .takes_loss = true, .has_learning_rate = true, .stores_start = true};

  struct RuleState {
    detail::MomoState model{};
    double beta1_power = 1, beta2_power = 1;
  };

  template <class S>
  struct MeasuringCoefficients {
    S weight1, weight2, correction2, epsilon;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step, const RuleState& rule_state) const {
    const double b2 = beta2(step.index);
    return {1 - beta1(step.index), 1 - b2, 1 / (1 - next_power(rule_state.beta2_power, b2)), epsilon};
  }

  template <class V>
  struct Measured {
    V squared_norm, product, gradient_product;
  };
  template <class V, class C>
  static void measure(V u, V p, const State<V>& state, const C& c, Measured<V>& sums) {
    const V average = fma(c.weight1, u - state.exp_avg, state.exp_avg);
    const V square = average_square(c.weight2, u * u, state.exp_avg_sq);
    sums.squared_norm += average * (average / (sqrt(c.correction2 * square) + c.epsilon));
    sums.product = fma(average, p, sums.product);
    sums.gradient_product = fma(u, p, sums.gradient_product);
  }

  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    const double rate = learning_rate(step.index);
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
    detail::advance_momo(rule_state.model,
                         {.loss = step.loss,
                          .gradient_product = measured.gradient_product,
                          .squared_norm = measured.squared_norm,
                          .product = measured.product,
                          .weight = 1 - beta1(step.index),
                          .correction = 1 - rule_state.beta1_power,
                          .rate = rate,
                          .decay = 1 + rate * weight_decay(step.index),
                          .first = step.is_first()},
                         min_loss, adapt_min_loss);
  }

  template <class S>
  struct Coefficients {
    S weight1, weight2, correction2, epsilon, minus_rate, minus_decay;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state, const Measured<double>&) const {
    const double decay = learning_rate(step.index) * weight_decay(step.index);
    return {1 - beta1(step.index),       1 - beta2(step.index), 1 / (1 - rule_state.beta2_power), epsilon,
            -rule_state.model.step_size, -decay / (1 + decay)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.exp_avg = fma(c.weight1, u - state.exp_avg, state.exp_avg);
    state.exp_avg_sq = average_square(c.weight2, u * u, state.exp_avg_sq);
    const V scaled = c.minus_rate * state.exp_avg / (sqrt(c.correction2 * state.exp_avg_sq) + c.epsilon);
    return fma(c.minus_decay, p, scaled);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::positive);
    check("min_loss", min_loss, legal::finite);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};

}  // namespace descent
