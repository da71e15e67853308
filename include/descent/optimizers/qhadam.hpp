// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_qhadam.hpp>

namespace descent {

/// Adam with quasi-hyperbolic moments: each a mix of its average and what was averaged.
///
///   g = g + weight_decay p
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   d = ((1 - nu1) g + nu1 m / (1 - beta1^t)) / (sqrt((1 - nu2) g^2 + nu2 v / (1 - beta2^t)) + epsilon)
///   p = p - rate d
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.995, 0.999); nu1,
/// nu2 in [0, 1], schedules (0.7, 1); epsilon >= 0 (1e-8); weight_decay >= 0, a schedule (0),
/// weight_decay_form (coupled): where it acts; maximize (false): climb.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ma & Yarats 2019, arXiv:1810.06801, Algorithm 2, with the defaults it advises.
/// Differs from: pytorch_optimizer 3.9, whose second moment turns negative. With nu1 = nu2 = 1 it is Adam.
struct QhAdam {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.995, beta2 = 0.999;
  Schedule nu1 = 0.7, nu2 = 1.0;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByQhAdam{beta1, beta2, nu1, nu2, epsilon} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
