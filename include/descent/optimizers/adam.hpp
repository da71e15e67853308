// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decayed_gradient.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_amsgrad.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam: steps of about the size of the rate, whatever the scale of the gradient.
///
///   g = g + weight_decay p
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   p = p - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.999);
/// epsilon >= 0 (1e-8); weight_decay >= 0, a schedule (0), added to the gradient (AdamW decouples it);
/// amsgrad (false): the second moment never shrinks; maximize (false): climb; epsilon_root >= 0 (0),
/// inside the root; epsilon_before_correction (false): epsilon added to sqrt(v), "epsilon hat";
/// max_of_corrected (false): amsgrad's maximum of v / (1 - beta2^t); correct_first_moment,
/// correct_second_moment (true): divide by 1 - beta^t.
/// Memory: 2 values a parameter, 3 with amsgrad. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Kingma & Ba 2015, arXiv:1412.6980; Reddi, Kale & Kumar 2018, arXiv:1904.09237.
/// Differs from: Keras (like_keras()), Optax's amsgrad (max_of_corrected); PyTorch as here. ensmallen
/// also divides the rate by the batch size.
struct Adam {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.0;
  bool amsgrad = false;
  bool maximize = false;
  double epsilon_root = 0;
  bool epsilon_before_correction = false;
  bool max_of_corrected = false;
  bool correct_first_moment = true, correct_second_moment = true;

  auto chain() const {
    const ScaleByAdam adam{beta1,
                           beta2,
                           epsilon,
                           epsilon_root,
                           epsilon_before_correction,
                           correct_first_moment,
                           correct_second_moment};
    const ScaleByAmsgrad never_shrinking{beta1,
                                         beta2,
                                         epsilon,
                                         epsilon_root,
                                         epsilon_before_correction,
                                         correct_first_moment,
                                         correct_second_moment,
                                         max_of_corrected};
    return detail::decayed_gradient(maximize, weight_decay) | either(amsgrad, never_shrinking, adam) |
           ScaleByLearningRate{learning_rate};
  }

  /// Keras: epsilon 1e-7, added before the correction.
  static Adam like_keras() { return {.epsilon = 1e-7, .epsilon_before_correction = true}; }
};

}  // namespace descent
