// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_acprop.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Divides the gradient by AdaBelief's scale of the previous step.
///
///   d = g / (sqrt(s / (1 - beta2^(t-1))) + epsilon),   g / (1 + epsilon) at the first step
///   m = beta1 m + (1 - beta1) g          s = beta2 s + (1 - beta2) (g - m)^2 + epsilon_root
///   p = p - rate (d + weight_decay p)
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any. If a gradient stays constant, s falls to about
/// epsilon_root: choose a larger one if gradients may be constant for long.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhuang et al. 2021, arXiv:2110.05454.
/// Differs from: Optax, which has center_on_last (like_optax()).
struct AcProp {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-16;         ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;        ///< steps uphill, to maximize the objective
  double epsilon_root = 1e-16;  ///< added to s at every step, not negative
  bool center_on_last = false;  ///< uses g - m with the average of the previous step

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByAcProp{.beta1 = beta1,
                         .beta2 = beta2,
                         .epsilon = epsilon,
                         .epsilon_root = epsilon_root,
                         .center_on_last = center_on_last} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// Optax: gradients are compared with the average of the previous step.
  static AcProp like_optax() { return {.center_on_last = true}; }
};

}  // namespace descent
