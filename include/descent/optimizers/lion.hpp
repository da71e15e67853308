// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_lion.hpp>

namespace descent {

/// Steps of one size in every element: only the sign of a mix of momentum and gradient counts.
///
///   p = p - rate (sign(beta1 m + (1 - beta1) g) + weight_decay p)
///   m = beta2 m + (1 - beta2) g
///
/// Options: learning_rate >= 0, a schedule (1e-4: a third to a tenth of Adam's); beta1, beta2 in [0, 1),
/// schedules (0.9, 0.99); weight_decay >= 0, a schedule (0), weight_decay_form (decoupled): where it
/// acts; maximize (false): climb; cautious (false): drop elements that point against the gradient.
/// Memory: 1 value a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Chen et al. 2023, arXiv:2302.06675; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: Optax in its default decay (like_optax()), Keras in its rate; timm as here.
struct Lion {
  Schedule learning_rate = 1e-4;
  Schedule beta1 = 0.9, beta2 = 0.99;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool maximize = false;
  bool cautious = false;

  auto chain() const {
    const ScaleByLion lion{beta1, beta2};
    const ScaleByLearningRate rate{learning_rate};
    const bool plain = !maximize && !cautious && weight_decay_form == WeightDecayForm::decoupled;
    return either(plain, lion | AddDecayedWeights{weight_decay} | rate,
                  Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) | lion |
                      optional(Cautious{}, cautious) |
                      detail::decay_into_direction(weight_decay_form, weight_decay) | rate |
                      detail::decay_after_rate(weight_decay_form, weight_decay));
  }

  /// Optax: decay 1e-3.
  static Lion like_optax() { return {.weight_decay = 1e-3}; }
};

}  // namespace descent
