// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_stable_adam.hpp>

namespace descent {

/// AdamW that slows a block down while its gradients are larger than its second moment remembers.
///
///   m, v as AdamW's corrected moments,   rms = sqrt(mean(g^2 / max(v, epsilon^2))) over the block
///   r = rate / max(1, rms)
///   p = p - r (m / (sqrt(v) + epsilon) + weight_decay p)
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.99); epsilon
/// > 0 (1e-8); weight_decay >= 0, a schedule (0.01), weight_decay_form (decoupled): where it acts; maximize
/// (false): climb.
/// Memory: 2 values a parameter. Passes: 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Wortsman et al. 2023, arXiv:2304.13013.
/// Differs from: pytorch_optimizer 3.9.0, which loses coupled decay; elsewhere as here.
struct StableAdamW {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.99;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.01;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool maximize = false;

  auto chain() const {
    const bool decoupled = weight_decay_form == WeightDecayForm::decoupled;
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByStableAdam{beta1, beta2, epsilon, decoupled ? weight_decay : Schedule(0)} |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
