// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/gradient/optimistic_gradient.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_nadam.hpp>

#include <limits>

namespace descent {

/// Adam that extrapolates the last change of its direction, for games (min-max problems).
///
///   d = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon),   the moments as in Adam
///   p = p - rate ((alpha + beta) d - beta d_before),   p - rate alpha d at the first step
///
/// Memory: 3 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Daskalakis et al. 2018, arXiv:1711.00141, Algorithm 1.
/// Differs from: Optax's optimistic_adam_v2, which has nesterov on (like_optax()).
struct OptimisticAdam {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  Schedule alpha = 1.0;           ///< weight of the current direction, not negative
  Schedule beta = 1.0;            ///< weight of the change of direction, not negative
  bool nesterov = false;          ///< Nesterov momentum, as NAdam with a constant momentum
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;    ///< steps uphill, to maximize the objective
  double epsilon_root = 0;  ///< added inside the square root, not negative

  auto chain(auto...) const {
    const ScaleByAdam adam{.beta1 = beta1, .beta2 = beta2, .epsilon = epsilon, .epsilon_root = epsilon_root};
    const ScaleByNAdam ahead{.beta1 = beta1,
                             .beta2 = beta2,
                             .epsilon = epsilon,
                             .momentum_decay = std::numeric_limits<double>::infinity(),
                             .epsilon_root = epsilon_root};
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           either(nesterov, ahead, adam) | OptimisticGradient{.alpha = alpha, .beta = beta} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// Optax: nesterov on.
  static OptimisticAdam like_optax() { return {.nesterov = true}; }
};

}  // namespace descent
