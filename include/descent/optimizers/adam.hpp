// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decayed_gradient.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_amsgrad.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam: steps of about the size of the learning rate, independent of the scale of the gradient.
///
///   g = g + weight_decay p
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   p = p - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Memory: 2 values a parameter, 3 with amsgrad. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Kingma & Ba 2015, arXiv:1412.6980; Reddi, Kale & Kumar 2018, arXiv:1904.09237.
/// Differs from: Keras, whose epsilon is the paper's "epsilon hat" (like_keras()); Optax's amsgrad
/// (max_of_corrected); PyTorch as here. ensmallen also divides the rate by the batch size.
struct Adam {
  Schedule learning_rate = 1e-3;           ///< not negative
  Schedule beta1 = 0.9;                    ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;                  ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;                   ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;             ///< added to the gradient, not negative; AdamW decouples it
  bool amsgrad = false;                    ///< the second moment never decreases
  bool maximize = false;                   ///< steps uphill, to maximize the objective
  double epsilon_root = 0;                 ///< added inside the square root, not negative
  bool epsilon_before_correction = false;  ///< adds epsilon before the bias correction
  bool max_of_corrected = false;           ///< amsgrad takes the maximum of v / (1 - beta2^t) instead of v
  bool correct_first_moment = true;        ///< divides m by 1 - beta1^t
  bool correct_second_moment = true;       ///< divides v by 1 - beta2^t

  auto chain(auto...) const {
    const ScaleByAdam adam{.beta1 = beta1,
                           .beta2 = beta2,
                           .epsilon = epsilon,
                           .epsilon_root = epsilon_root,
                           .epsilon_before_correction = epsilon_before_correction,
                           .correct_first_moment = correct_first_moment,
                           .correct_second_moment = correct_second_moment};
    const ScaleByAmsgrad never_shrinking{.beta1 = beta1,
                                         .beta2 = beta2,
                                         .epsilon = epsilon,
                                         .epsilon_root = epsilon_root,
                                         .epsilon_before_correction = epsilon_before_correction,
                                         .correct_first_moment = correct_first_moment,
                                         .correct_second_moment = correct_second_moment,
                                         .max_of_corrected = max_of_corrected};
    return detail::decayed_gradient(maximize, weight_decay) | either(amsgrad, never_shrinking, adam) |
           ScaleByLearningRate{learning_rate};
  }

  /// Keras: epsilon 1e-7, added before the correction.
  static Adam like_keras() { return {.epsilon = 1e-7, .epsilon_before_correction = true}; }
};

}  // namespace descent
