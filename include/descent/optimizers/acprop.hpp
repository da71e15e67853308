// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_acprop.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// AdaBelief's scale, of the step before, on the plain gradient.
///
///   d = g / (sqrt(s / (1 - beta2^(t-1))) + epsilon),   at the first step g / (1 + epsilon)
///   m = beta1 m + (1 - beta1) g          s = beta2 s + (1 - beta2) (g - m)^2 + epsilon_root
///   p = p - rate (d + weight_decay p)
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.999); epsilon
/// >= 0 (1e-16); weight_decay >= 0, a schedule (0), weight_decay_form (decoupled): where it acts; maximize
/// (false): climb; epsilon_root >= 0 (1e-16), added to s at every step; center_on_last (false): g - m of the step before in
/// place of g - m.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any. A parameter whose gradients all came out as expected
/// has s near epsilon_root: give that a size where gradients may stay constant for long.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhuang et al. 2021, arXiv:2110.05454.
/// Differs from: Optax, whose numbers are those of center_on_last (like_optax()).
struct AcProp {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-16;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool maximize = false;
  double epsilon_root = 1e-16;
  bool center_on_last = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByAcProp{beta1, beta2, epsilon, epsilon_root, center_on_last} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// Optax: the average of the step before is what gradients are held against.
  static AcProp like_optax() { return {.center_on_last = true}; }
};

}  // namespace descent
