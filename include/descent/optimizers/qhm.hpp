// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/quasi_hyperbolic_momentum.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Quasi-hyperbolic momentum: a mix of a step of gradient descent and a step of averaged momentum.
///
///   g = g + weight_decay p
///   b = momentum b + (1 - momentum) g
///   p = p - rate ((1 - nu) g + nu b)
///
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ma & Yarats 2019, arXiv:1810.06801, Algorithm 1.
/// Differs from: pytorch_optimizer, whose defaults are rate 1e-3, momentum 0 and nu 1.
struct Qhm {
  Schedule learning_rate = 1.0;  ///< not negative; the paper recommends 1, since b is an average
  Schedule momentum = 0.999;     ///< decay of the average of gradients, in [0, 1)
  Schedule nu = 0.7;             ///< weight of the momentum, in [0, 1]
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           QuasiHyperbolicMomentum{.momentum = momentum, .nu = nu} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
