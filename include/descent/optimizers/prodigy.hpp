// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/prodigy_step.hpp>

#include <cmath>
#include <limits>
#include <optional>

namespace descent {

/// Adam that chooses its rate from an estimate d of the distance to the solution.
///
///   r = d rate
///   n = beta3 n + (d / d_0) r <g, p_0 - p>        s = beta3 s + (d / d_0) r g
///   m = beta1 m + (1 - beta1) d g                 v = beta2 v + (1 - beta2) d^2 g^2
///   d' = coefficient n / |s|_1,   at most growth_rate d, and never below d
///   p = p - r m / (sqrt(v) + d' epsilon) - r weight_decay p,   sums over the tree
///
/// Memory: 4 values a parameter. Passes: 2. Shapes: any. The estimate is
/// `optimizer.rule_state<Prodigy>().d`.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Mishchenko & Defazio 2023, arXiv:2306.06101.
/// Differs from: Optax, which always corrects the bias (like_optax()); pytorch_optimizer as here, except that
/// its correction counts two steps per call.
struct Prodigy {
  Schedule learning_rate = 1.0;  ///< multiple of the rate that is found, not negative
  Schedule beta1 = 0.9;          ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;        ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;         ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective
  double initial_distance = 1e-6;                                ///< d_0, greater than 0
  double coefficient = 1;                                        ///< factor on the estimate, greater than 0
  double growth_rate = std::numeric_limits<double>::infinity();  ///< largest growth of d per step after it
                                                                 ///< has left d_0, at least 1
  std::optional<double> beta3 = std::nullopt;  ///< decay of n and s, in [0, 1); by default the root of beta2
  bool bias_correction = false;                ///< multiplies r by sqrt(1 - beta2^t) / (1 - beta1^t)
  bool safeguard_warmup = false;               ///< the rate does not weigh the gradients in s

  auto chain(auto...) const {
    const bool coupled = weight_decay_form == WeightDecayForm::coupled;
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ProdigyStep{.learning_rate = learning_rate,
                       .beta1 = beta1,
                       .beta2 = beta2,
                       .beta3 = averaging(),
                       .epsilon = epsilon,
                       .weight_decay = coupled ? Schedule(0) : weight_decay,
                       .weight_decay_form = weight_decay_form,
                       .initial_distance = initial_distance,
                       .coefficient = coefficient,
                       .growth_rate = growth_rate,
                       .bias_correction = bias_correction,
                       .safeguard_warmup = safeguard_warmup};
  }

  void check(const Check& check) const { check("beta2", beta2, legal::decay_rate); }

  /// Optax: the bias is corrected.
  static Prodigy like_optax() { return {.bias_correction = true}; }

 private:
  Schedule averaging() const {
    if (beta3.has_value()) return *beta3;
    if (beta2.is_constant()) return std::sqrt(beta2(0));
    return [beta2 = beta2](std::int64_t step) { return std::sqrt(beta2(step)); };
  }
};

}  // namespace descent
