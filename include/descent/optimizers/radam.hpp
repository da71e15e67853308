// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_radam.hpp>

namespace descent {

/// Adam that starts as momentum and turns adaptive when its second moment rests on enough samples.
///
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   rho_inf = 2 / (1 - beta2) - 1        rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
///   r = sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho))
///   p = p - rate m / (1 - beta1^t)                                               while rho <= threshold
///   p = p - rate r (m / (1 - beta1^t)) sqrt(1 - beta2^t) / (sqrt(v) + epsilon)   after that
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.999);
/// epsilon >= 0 (1e-8); weight_decay >= 0, a schedule (0), weight_decay_form (coupled): where it acts;
/// maximize (false): climb; threshold >= 4 (5); rectify_at_threshold (false): from rho = threshold on;
/// epsilon_before_correction (true): false adds epsilon after the correction; epsilon_root >= 0 (0);
/// nesterov (false): look ahead with the first moment.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Liu et al. 2020, arXiv:1908.03265.
/// Differs from: Optax (like_optax()); PyTorch as here.
struct RAdam {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;
  bool maximize = false;
  double threshold = 5;
  bool rectify_at_threshold = false;
  bool epsilon_before_correction = true;
  double epsilon_root = 0;
  bool nesterov = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByRAdam{
               beta1,        beta2,   epsilon, threshold, rectify_at_threshold, epsilon_before_correction,
               epsilon_root, nesterov} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// Optax: rectified from the threshold on, epsilon after the correction.
  static RAdam like_optax() { return {.rectify_at_threshold = true, .epsilon_before_correction = false}; }
};

}  // namespace descent
