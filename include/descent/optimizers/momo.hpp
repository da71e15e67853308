// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/whole_step/momo_model.hpp>

namespace descent {

/// Momentum whose rate is bounded by a model of the loss, built from the losses and gradients so far.
///
///   m = beta m + (1 - beta) g,   f = beta f + (1 - beta) loss,   c = beta c + (1 - beta) <g, p>
///   (at the first step m = g, f = loss, c = <g, p>),   k = 1 + rate weight_decay
///   r = min(rate, max(0, k (f - min_loss - c) + <m, p>) / |m|^2),   sums over the tree
///   p = p / k - r m
///
/// Steps need the loss: `step(parameters, gradient, loss)` or `step(parameters, objective)`.
/// Memory: 1 value a parameter, and the model. Passes: 2 (one that reads). Shapes: any. The sums are taken in
/// double, in an order that does not depend on the layout. If |m|^2 is at most 2.2e-16, r is 0. A loss that
/// is NaN makes the update NaN. `optimizer.rule_state<MoMo>()` returns the model, with r as step_size.
/// Errors: std::invalid_argument for an option out of its range. A step without a loss does not compile.
/// Source: Schaipp et al. 2023, arXiv:2305.07583. Optax (contrib.momo) as here.
struct MoMo {
  Schedule learning_rate = 1.0;  ///< largest r, not negative; choose it rather large
  Schedule beta = 0.9;           ///< decay of the averages, in [0, 1)
  double min_loss = 0;           ///< lower bound of the loss, finite
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  bool adapt_min_loss = false;   ///< raises min_loss when the losses show that it is too low

  DESCENT_STATE(exp_avg)
  static constexpr RuleTraits traits{
      .measures = Scope::tree, .takes_loss = true, .has_learning_rate = true, .stores_start = true};

  template <class S>
  struct MeasuringCoefficients {
    S weight;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step) const { return {weight(step)}; }

  template <class V>
  struct Measured {
    V squared_norm, product, gradient_product;
  };
  template <class V, class C>
  static void measure(V u, V p, const State<V>& state, const C& c, Measured<V>& sums) {
    const V average = fma(c.weight, u - state.exp_avg, state.exp_avg);
    sums.squared_norm = fma(average, average, sums.squared_norm);
    sums.product = fma(average, p, sums.product);
    sums.gradient_product = fma(u, p, sums.gradient_product);
  }

  using RuleState = detail::MomoState;
  void advance(RuleState& rule_state, Step step, const Measured<double>& measured) const {
    const double rate = learning_rate(step.index);
    detail::advance_momo(rule_state,
                         {.loss = step.loss,
                          .gradient_product = measured.gradient_product,
                          .squared_norm = measured.squared_norm,
                          .product = measured.product,
                          .weight = weight(step),
                          .correction = 1,
                          .rate = rate,
                          .decay = 1 + rate * weight_decay(step.index),
                          .first = step.is_first()},
                         min_loss, adapt_min_loss);
  }

  template <class S>
  struct Coefficients {
    S weight, minus_rate, minus_decay;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state, const Measured<double>&) const {
    const double decay = learning_rate(step.index) * weight_decay(step.index);
    return {weight(step), -rule_state.step_size, -decay / (1 + decay)};
  }

  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    state.exp_avg = fma(c.weight, u - state.exp_avg, state.exp_avg);
    return fma(c.minus_decay, p, c.minus_rate * state.exp_avg);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("beta", beta, legal::decay_rate);
    check("min_loss", min_loss, legal::finite);
    check("weight_decay", weight_decay, legal::non_negative);
  }

 private:
  double weight(Step step) const { return step.is_first() ? 1 : 1 - beta(step.index); }
};

}  // namespace descent
