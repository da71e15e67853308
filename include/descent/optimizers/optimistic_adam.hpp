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

/// Adam that expects its direction to change as it did last, for games (min-max problems).
///
///   d = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon),   the moments as in Adam
///   p = p - rate ((alpha + beta) d - beta d_before),   at the first step p - rate alpha d
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.999); epsilon
/// >= 0 (1e-8); alpha, beta >= 0, schedules (1, 1); nesterov (false): look ahead with the first moment, as
/// NAdam with a constant momentum; weight_decay >= 0, a schedule (0), weight_decay_form (decoupled): where
/// it acts; maximize (false): climb; epsilon_root >= 0 (0), inside the root.
/// Memory: 3 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Daskalakis et al. 2018, arXiv:1711.00141, Algorithm 1.
/// Differs from: Optax's optimistic_adam_v2, which has nesterov on (like_optax()).
struct OptimisticAdam {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  Schedule alpha = 1.0, beta = 1.0;
  bool nesterov = false;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool maximize = false;
  double epsilon_root = 0;

  auto chain() const {
    const ScaleByAdam adam{.beta1 = beta1, .beta2 = beta2, .epsilon = epsilon, .epsilon_root = epsilon_root};
    const ScaleByNAdam ahead{.beta1 = beta1,
                             .beta2 = beta2,
                             .epsilon = epsilon,
                             .momentum_decay = std::numeric_limits<double>::infinity(),
                             .epsilon_root = epsilon_root};
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           either(nesterov, ahead, adam) | OptimisticGradient{alpha, beta} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// Optax: nesterov on.
  static OptimisticAdam like_optax() { return {.nesterov = true}; }
};

}  // namespace descent
