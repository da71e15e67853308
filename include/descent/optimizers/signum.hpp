// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_sign.hpp>

namespace descent {

/// Steps of one size along the signs of the momentum.
///
///   m = momentum m + (1 - momentum) g
///   p = p - rate (sign(m) + weight_decay p)
///
/// Options: learning_rate >= 0, a schedule (1e-3); momentum in [0, 1), a schedule (0.9); weight_decay >= 0,
/// a schedule (0), weight_decay_form (decoupled): where it acts; maximize (false): climb.
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Bernstein et al. 2018, arXiv:1802.04434, Algorithm 2.
/// Differs from: pytorch_optimizer 3.9, whose momentum starts anew at every step; Optax as here.
struct Signum {
  Schedule learning_rate = 1e-3;
  Schedule momentum = 0.9;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           MovingAverage{.momentum = momentum} | ScaleBySign{} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
