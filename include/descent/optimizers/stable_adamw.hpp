// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_stable_adam.hpp>

namespace descent {

/// AdamW that reduces the rate of a block while its gradients are larger than its second moment predicts.
///
///   m, v as AdamW's corrected moments,   rms = sqrt(mean(g^2 / max(v, epsilon^2))) over the block
///   r = rate / max(1, rms)
///   p = p - r (m / (sqrt(v) + epsilon) + weight_decay p)
///
/// Memory: 2 values a parameter. Passes: 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Wortsman et al. 2023, arXiv:2304.13013.
/// Differs from: pytorch_optimizer 3.9.0, which ignores coupled decay; otherwise as here.
struct StableAdamW {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.99;          ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, greater than 0
  Schedule weight_decay = 0.01;   ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;  ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    const bool decoupled = weight_decay_form == WeightDecayForm::decoupled;
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByStableAdam{.beta1 = beta1,
                             .beta2 = beta2,
                             .epsilon = epsilon,
                             .weight_decay = decoupled ? weight_decay : Schedule(0)} |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
