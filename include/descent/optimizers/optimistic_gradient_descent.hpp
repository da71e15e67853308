// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/gradient/optimistic_gradient.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Gradient descent that expects the gradient to change as it did last: it settles in games (min-max
/// problems) where plain descent circles.
///
///   p = p - rate ((alpha + beta) g - beta g_before),   at the first step p - rate alpha g
///
/// Options: learning_rate >= 0, a schedule (1e-3); alpha, beta >= 0, schedules (1, 1); weight_decay >= 0, a
/// schedule (0), weight_decay_form (coupled): where it acts; maximize (false): climb.
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Daskalakis et al. 2018, arXiv:1711.00141; Mokhtari et al. 2020, arXiv:1901.08511 (alpha, beta).
/// Optax as here.
struct OptimisticGradientDescent {
  Schedule learning_rate = 1e-3;
  Schedule alpha = 1.0, beta = 1.0;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           OptimisticGradient{alpha, beta} | detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
