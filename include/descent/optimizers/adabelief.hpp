// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adabelief.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam that scales by the deviation of gradients from their average: larger steps if gradients agree.
///
///   m = beta1 m + (1 - beta1) g          s = beta2 s + (1 - beta2) (g - m)^2 + epsilon_root
///   d = (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)
///   p = p - rate (d + weight_decay p)
///
/// Memory: 2 values a parameter, 3 with amsgrad. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhuang et al. 2020, arXiv:2010.07468, Algorithm 2.
/// Differs from: timm, which rectifies by default (like_timm()) and then ignores amsgrad; ensmallen, which
/// has 1e-12 for both epsilons; Optax as here.
struct AdaBelief {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-16;         ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool amsgrad = false;                                            ///< s never decreases
  bool maximize = false;          ///< steps uphill, to maximize the objective
  double epsilon_root = 1e-16;    ///< added to s at every step, not negative
  bool rectify = false;           ///< the first steps as in RAdam, with a threshold of 5
  bool degenerate_to_sgd = true;  ///< with rectify, the first steps are plain momentum; false skips them
  bool nesterov = false;          ///< Nesterov momentum, as NAdam with a constant momentum

  auto chain(auto...) const {
    const ScaleByAdaBelief belief{.beta1 = beta1,
                                  .beta2 = beta2,
                                  .epsilon = epsilon,
                                  .epsilon_root = epsilon_root,
                                  .rectify = rectify,
                                  .degenerate_to_sgd = degenerate_to_sgd,
                                  .nesterov = nesterov};
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           either(amsgrad, detail::ScaleByAmsBelief{belief}, belief) |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// timm: the first steps as in RAdam.
  static AdaBelief like_timm() { return {.rectify = true}; }
};

}  // namespace descent
