// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_sign.hpp>

namespace descent {

/// Steps of the same size in every element, with the sign of the momentum.
///
///   m = momentum m + (1 - momentum) g
///   p = p - rate (sign(m) + weight_decay p)
///
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Bernstein et al. 2018, arXiv:1802.04434, Algorithm 2.
/// Differs from: pytorch_optimizer 3.9, whose momentum restarts at every step; Optax as here.
struct Signum {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule momentum = 0.9;        ///< decay of the average of gradients, in [0, 1)
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;  ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           MovingAverage{.momentum = momentum} | ScaleBySign{} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
