// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/prodigy_step.hpp>

#include <cmath>
#include <limits>
#include <optional>

namespace descent {

/// Adam that finds its rate by itself, from an estimate d of the distance to the solution.
///
///   r = d rate
///   n = beta3 n + (d / d_0) r <g, p_0 - p>        s = beta3 s + (d / d_0) r g
///   m = beta1 m + (1 - beta1) d g                 v = beta2 v + (1 - beta2) d^2 g^2
///   d' = coefficient n / |s|_1,   at most growth_rate d, and never below d
///   p = p - r m / (sqrt(v) + d' epsilon) - r weight_decay p,   sums over the tree
///
/// Options: learning_rate >= 0, a schedule (1; a multiple of the rate found); beta1, beta2 in [0, 1),
/// schedules (0.9, 0.999); epsilon >= 0 (1e-8); weight_decay >= 0, a schedule (0), weight_decay_form
/// (decoupled): where it acts; maximize (false): climb; initial_distance > 0 (1e-6), d_0; coefficient > 0
/// (1): the estimate times this; growth_rate >= 1 (infinite): the most by which d grows in a step once it has
/// left d_0; beta3 in [0, 1) (the root of beta2); bias_correction (false): r times sqrt(1 - beta2^t) / (1 - beta1^t);
/// safeguard_warmup (false): the rate does not weigh the gradients in s.
/// Memory: 4 values a parameter. Passes: 2. Shapes: any. The estimate is
/// `optimizer.rule_state<Prodigy>().d`.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Mishchenko & Defazio 2023, arXiv:2306.06101.
/// Differs from: Optax, which always corrects the bias (like_optax()); pytorch_optimizer as here, but for a
/// correction that counts two steps a call.
struct Prodigy {
  Schedule learning_rate = 1.0;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool maximize = false;
  double initial_distance = 1e-6;
  double coefficient = 1;
  double growth_rate = std::numeric_limits<double>::infinity();
  std::optional<double> beta3 = std::nullopt;
  bool bias_correction = false;
  bool safeguard_warmup = false;

  auto chain() const {
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
