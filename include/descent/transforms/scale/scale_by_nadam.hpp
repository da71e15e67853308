// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <cmath>

namespace descent {

/// Scales the update by Adam's moments with Nesterov momentum.
///
///   mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
///   m = beta1 m + (1 - beta1) u          v = beta2 v + (1 - beta2) u^2
///   u = (mu_{t+1} m / (1 - prod_{i<=t+1} mu_i) + (1 - mu_t) u / (1 - prod_{i<=t} mu_i))
///       / (sqrt(v / (1 - beta2^t) + epsilon_root) + epsilon)
///
/// Memory: 2 values a parameter, and two products. Passes: 1 (fused). Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Dozat 2016, "Incorporating Nesterov Momentum into Adam", ICLR workshop.
/// Differs from: Optax, whose momentum is constant (momentum_decay = infinity); Keras, whose momentum_decay
/// is 1; timm's NAdamW, which has a constant momentum and correct_ahead off.
struct ScaleByNAdam {
  Schedule beta1 = 0.9;          ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;        ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;         ///< added to the denominator, not negative
  double momentum_decay = 4e-3;  ///< not negative; infinity for mu_t = beta1
  double epsilon_root = 0;       ///< added inside the square root, not negative
  bool correct_ahead = true;     ///< false divides m by 1 - prod_{i<=t} mu_i

  DESCENT_STATE(exp_avg, exp_avg_sq)

  struct RuleState {
    double mu_product = 1, beta2_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.mu_product = next_power(rule_state.mu_product, momentum(step.index, step.t()));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class S>
  struct Coefficients {
    S beta1, one_minus_beta1, beta2, one_minus_beta2, momentum_weight, gradient_weight, correction2, epsilon,
        epsilon_root;
  };
  Coefficients<double> coefficients(Step step, const RuleState& rule_state) const {
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    const double now = momentum(step.index, step.t()), next = momentum(step.index + 1, step.t() + 1);
    return {b1,
            1 - b1,
            b2,
            1 - b2,
            next / (1 - (correct_ahead ? rule_state.mu_product * next : rule_state.mu_product)),
            (1 - now) / (1 - rule_state.mu_product),
            bias_correction(rule_state.beta2_power),
            epsilon,
            epsilon_root};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * u);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * u * u);
    return divide_or_zero(fma(c.momentum_weight, state.exp_avg, c.gradient_weight * u),
                          sqrt(fma(c.correction2, state.exp_avg_sq, c.epsilon_root)) + c.epsilon);
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check.of_next_step()("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("momentum_decay", momentum_decay, Interval{.low = 0, .low_is_open = false, .high_is_open = false});
    check("epsilon_root", epsilon_root, legal::non_negative);
  }

 private:
  double momentum(std::int64_t index, double t) const {
    return beta1(index) * (1 - 0.5 * std::pow(0.96, t * momentum_decay));
  }
};

}  // namespace descent
