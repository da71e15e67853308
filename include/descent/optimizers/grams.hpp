// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/gradient/take_gradient_sign.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Steps as long as Adam's, against the gradient at hand instead of its average.
///
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   d = |(m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)| sign(g)
///   p = p - rate (d + weight_decay p)
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.999); epsilon
/// >= 0 (1e-6); weight_decay >= 0, a schedule (0), weight_decay_form (decoupled): where it acts, the sign
/// being that of the gradient without decay; maximize (false): climb.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any. An element without slope rests.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Cao, Li & Song 2024, arXiv:2412.17107, Algorithm 1.
/// Differs from: pytorch_optimizer 3.9, which confuses beta1 with 1 - beta1 and takes a root twice.
struct Grams {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-6;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByAdam{.beta1 = beta1, .beta2 = beta2, .epsilon = epsilon} | TakeGradientSign{} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
