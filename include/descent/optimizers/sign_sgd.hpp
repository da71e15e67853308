// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_sign.hpp>

namespace descent {

/// Steps of one size along the signs of the gradient.
///
///   p = p - rate (sign(g) + weight_decay p)
///
/// Options: learning_rate >= 0, a schedule (1e-3); weight_decay >= 0, a schedule (0), weight_decay_form
/// (decoupled): where it acts; maximize (false): climb.
/// Memory: none. Passes: 1. Shapes: any. An element without slope rests.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Bernstein et al. 2018, arXiv:1802.04434, Algorithm 1.
struct SignSgd {
  Schedule learning_rate = 1e-3;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) | ScaleBySign{} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
