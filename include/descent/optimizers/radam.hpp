// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_radam.hpp>

namespace descent {

/// Adam that starts as momentum and becomes adaptive when its second moment has enough samples.
///
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   rho_inf = 2 / (1 - beta2) - 1        rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
///   r = sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho))
///   p = p - rate m / (1 - beta1^t)                                               if rho <= threshold
///   p = p - rate r (m / (1 - beta1^t)) sqrt(1 - beta2^t) / (sqrt(v) + epsilon)   otherwise
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Liu et al. 2020, arXiv:1908.03265.
/// Differs from: Optax (like_optax()); PyTorch as here.
struct RAdam {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective
  double threshold = 5;                                          ///< of rho, at least 4
  bool rectify_at_threshold = false;                             ///< adaptive steps also at rho = threshold
  bool epsilon_before_correction = true;  ///< false adds epsilon after the bias correction
  double epsilon_root = 0;                ///< added inside the square root, not negative
  bool nesterov = false;                  ///< Nesterov momentum, as NAdam with a constant momentum

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByRAdam{.beta1 = beta1,
                        .beta2 = beta2,
                        .epsilon = epsilon,
                        .threshold = threshold,
                        .rectify_at_threshold = rectify_at_threshold,
                        .epsilon_before_correction = epsilon_before_correction,
                        .epsilon_root = epsilon_root,
                        .nesterov = nesterov} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// Optax: rectified from the threshold on, epsilon after the correction.
  static RAdam like_optax() { return {.rectify_at_threshold = true, .epsilon_before_correction = false}; }
};

}  // namespace descent
