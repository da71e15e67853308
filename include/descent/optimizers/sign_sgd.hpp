// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_sign.hpp>

namespace descent {

/// Steps of the same size in every element, with the sign of the gradient.
///
///   p = p - rate (sign(g) + weight_decay p)
///
/// Memory: none. Passes: 1. Shapes: any. An element with gradient 0 does not change.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Bernstein et al. 2018, arXiv:1802.04434, Algorithm 1.
struct SignSgd {
  Schedule learning_rate = 1e-3;                                   ///< not negative
  Schedule weight_decay = 0.0;                                     ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;  ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) | ScaleBySign{} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
