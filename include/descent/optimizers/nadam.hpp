// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_nadam.hpp>

#include <limits>

namespace descent {

/// Adam with Nesterov momentum.
///
///   mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   d = mu_{t+1} m / (1 - prod_{i<=t+1} mu_i) + (1 - mu_t) g / (1 - prod_{i<=t} mu_i)
///   p = p - rate d / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Memory: 2 values a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Dozat 2016, "Incorporating Nesterov Momentum into Adam", ICLR workshop.
/// Differs from: Optax (like_optax()) and Keras (like_keras()) in the schedule of the momentum; PyTorch
/// as here. Optax's nadamw is like_optax() with a decoupled decay; timm's NAdamW is like_timm().
struct NAdam {
  Schedule learning_rate = 2e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  double momentum_decay = 4e-3;   ///< not negative; infinity for mu_t = beta1
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective
  double epsilon_root = 0;    ///< added inside the square root, not negative
  bool cautious = false;      ///< drops elements of the update that point against the gradient
  bool correct_ahead = true;  ///< false divides m by 1 - prod_{i<=t} mu_i

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByNAdam{.beta1 = beta1,
                        .beta2 = beta2,
                        .epsilon = epsilon,
                        .momentum_decay = momentum_decay,
                        .epsilon_root = epsilon_root,
                        .correct_ahead = correct_ahead} |
           optional(Cautious{}, cautious) | detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// Optax: a constant momentum, rate 1e-3.
  static NAdam like_optax() {
    return {.learning_rate = 1e-3, .momentum_decay = std::numeric_limits<double>::infinity()};
  }
  /// timm's NAdamW: a constant momentum, m corrected without looking ahead, decoupled decay 0.01.
  static NAdam like_timm() {
    return {.learning_rate = 1e-3,
            .momentum_decay = std::numeric_limits<double>::infinity(),
            .weight_decay = 0.01,
            .weight_decay_form = WeightDecayForm::decoupled,
            .correct_ahead = false};
  }
  /// Keras: momentum_decay 1, epsilon 1e-7, rate 1e-3.
  static NAdam like_keras() { return {.learning_rate = 1e-3, .epsilon = 1e-7, .momentum_decay = 1}; }
};

}  // namespace descent
