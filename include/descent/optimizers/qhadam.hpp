// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_qhadam.hpp>

namespace descent {

/// Adam with quasi-hyperbolic moments: each is a mix of the average and the current value.
///
///   g = g + weight_decay p
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   d = ((1 - nu1) g + nu1 m / (1 - beta1^t)) / (sqrt((1 - nu2) g^2 + nu2 v / (1 - beta2^t)) + epsilon)
///   p = p - rate d
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ma & Yarats 2019, arXiv:1810.06801, Algorithm 2, with the defaults that it recommends.
/// Differs from: pytorch_optimizer 3.9, whose second moment becomes negative. With nu1 = nu2 = 1 it is Adam.
struct QhAdam {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.995;         ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  Schedule nu1 = 0.7;             ///< weight of the average of gradients, in [0, 1]
  Schedule nu2 = 1.0;             ///< weight of the average of squared gradients, in [0, 1]
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByQhAdam{.beta1 = beta1, .beta2 = beta2, .nu1 = nu1, .nu2 = nu2, .epsilon = epsilon} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
