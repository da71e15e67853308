// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/gradient/optimistic_gradient.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Gradient descent that extrapolates the last change of the gradient: converges in games (min-max problems)
/// in which plain gradient descent cycles.
///
///   p = p - rate ((alpha + beta) g - beta g_before),   p - rate alpha g at the first step
///
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Daskalakis et al. 2018, arXiv:1711.00141; Mokhtari et al. 2020, arXiv:1901.08511 (alpha, beta).
/// Optax as here.
struct OptimisticGradientDescent {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule alpha = 1.0;           ///< weight of the current gradient, not negative
  Schedule beta = 1.0;            ///< weight of the change of gradient, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           OptimisticGradient{.alpha = alpha, .beta = beta} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
