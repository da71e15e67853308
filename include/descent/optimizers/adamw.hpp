// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_amsgrad.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam with decoupled weight decay.
///
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   d = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///   p = p - rate (d + weight_decay p)
///
/// Memory: 2 values a parameter, 3 with amsgrad. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Loshchilov & Hutter 2019, arXiv:1711.05101; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: Optax, whose default decay is 1e-4 (like_optax()), and Keras (like_keras()); PyTorch as
/// here. In the paper decay follows the schedule but not the base rate: divide weight_decay by the base rate
/// for that.
struct AdamW {
  Schedule learning_rate = 1e-3;           ///< not negative
  Schedule beta1 = 0.9;                    ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;                  ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;                   ///< added to the denominator, not negative
  Schedule weight_decay = 0.01;            ///< strength of weight decay, not negative
  bool amsgrad = false;                    ///< the second moment never decreases
  bool maximize = false;                   ///< steps uphill, to maximize the objective
  double epsilon_root = 0;                 ///< added inside the square root, not negative
  bool epsilon_before_correction = false;  ///< adds epsilon before the bias correction
  bool max_of_corrected = false;           ///< amsgrad takes the maximum of v / (1 - beta2^t) instead of v
  bool cautious = false;                   ///< drops elements of the update that point against the gradient

  auto chain(auto...) const {
    const ScaleByAdam adam{.beta1 = beta1,
                           .beta2 = beta2,
                           .epsilon = epsilon,
                           .epsilon_root = epsilon_root,
                           .epsilon_before_correction = epsilon_before_correction};
    const ScaleByAmsgrad never_shrinking{.beta1 = beta1,
                                         .beta2 = beta2,
                                         .epsilon = epsilon,
                                         .epsilon_root = epsilon_root,
                                         .epsilon_before_correction = epsilon_before_correction,
                                         .max_of_corrected = max_of_corrected};
    return Negate{maximize} | either(amsgrad, never_shrinking, adam) | optional(Cautious{}, cautious) |
           AddDecayedWeights{weight_decay} | ScaleByLearningRate{learning_rate};
  }

  /// Optax: decay 1e-4, amsgrad over the corrected moment.
  static AdamW like_optax() { return {.weight_decay = 1e-4, .max_of_corrected = true}; }
  /// Keras: epsilon 1e-7, added before the correction, decay 4e-3.
  static AdamW like_keras() {
    return {.epsilon = 1e-7, .weight_decay = 4e-3, .epsilon_before_correction = true};
  }
};

}  // namespace descent
