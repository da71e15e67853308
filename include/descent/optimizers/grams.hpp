// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/gradient/take_gradient_sign.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Steps of Adam's length, but with the sign of the current gradient instead of its average.
///
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   d = |(m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)| sign(g)
///   p = p - rate (d + weight_decay p)
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any. An element with gradient 0 does not change. The sign
/// is that of the gradient without decay.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Cao, Li & Song 2024, arXiv:2412.17107, Algorithm 1.
/// Differs from: pytorch_optimizer 3.9, which confuses beta1 with 1 - beta1 and takes a root twice.
struct Grams {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-6;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;  ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByAdam{.beta1 = beta1, .beta2 = beta2, .epsilon = epsilon} | TakeGradientSign{} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
