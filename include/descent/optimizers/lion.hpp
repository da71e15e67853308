// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_lion.hpp>

namespace descent {

/// Steps of the same size in every element: the sign of a mix of momentum and gradient.
///
///   p = p - rate (sign(beta1 m + (1 - beta1) g) + weight_decay p)
///   m = beta2 m + (1 - beta2) g
///
/// Memory: 1 value a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Chen et al. 2023, arXiv:2302.06675; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: Optax in its default decay (like_optax()), Keras in its rate; timm as here.
struct Lion {
  Schedule learning_rate = 1e-4;  ///< a third to a tenth of Adam's, not negative
  Schedule beta1 = 0.9;           ///< weight of the momentum in the sign, in [0, 1)
  Schedule beta2 = 0.99;          ///< decay of the momentum, in [0, 1)
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;  ///< steps uphill, to maximize the objective
  bool cautious = false;  ///< drops elements of the update that point against the gradient

  auto chain(auto...) const {
    const ScaleByLion lion{.beta1 = beta1, .beta2 = beta2};
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
