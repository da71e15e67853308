// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/clip/clip_by_block_norm.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/mars_correction.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_amsgrad.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_sign.hpp>

#include <cstdint>
#include <limits>

namespace descent {

/// How MARS uses the corrected gradient.
enum class MarsForm {
  /// As AdamW does.
  adamw,
  /// By the sign of its moving average.
  lion
};

/// Reduces the noise of gradients with those of the previous step and clips them, then continues like AdamW
/// or Lion.
///
///   c = g + gamma beta1 / (1 - beta1) (g - g_before),   g_before = 0 at the first step
///   c = c / max(1, |c|),   |c| over the block
///   m = beta1 m + (1 - beta1) c          v = beta2 v + (1 - beta2) c^2
///   adamw:   d = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)          lion:   d = sign(m)
///   p = p - rate (d + weight_decay p)
///
/// The authors use it for matrices, and AdamW for other parameters:
///   partition(matrices, Mars{}, AdamW{.learning_rate = 3e-3, .beta2 = 0.95, .weight_decay = 0.1})
///
/// Memory: 3 values a parameter, 4 with amsgrad, 2 as lion. Passes: 2, with cautious 3. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Yuan et al. 2024, arXiv:2411.10438; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: timm, which has beta1 0.9 and a plain first step (like_timm()); the authors' code as here.
/// For MARS-Shampoo, put MarsCorrection | ClipByBlockNorm before the parts of Muon.
struct Mars {
  Schedule learning_rate = 3e-3;  ///< not negative
  Schedule beta1 = 0.95;          ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.99;          ///< decay of the average of squared gradients, in [0, 1)
  Schedule gamma = 0.025;         ///< strength of the correction, not negative
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  MarsForm form = MarsForm::adamw;                                 ///< how the corrected gradient is used
  bool amsgrad = false;                                            ///< the second moment never decreases
  bool maximize = false;                   ///< steps uphill, to maximize the objective
  bool cautious = false;                   ///< drops elements of the update that point against the gradient
  bool plain_first_step = false;           ///< at the first step c = g, not clipped
  double epsilon_root = 0;                 ///< added inside the square root, not negative
  bool epsilon_before_correction = false;  ///< adds both epsilons to v before the bias correction

  auto chain(auto...) const {
    const bool signs = form == MarsForm::lion;
    const ScaleByAdam adam{.beta1 = beta1,
                           .beta2 = beta2,
                           .epsilon = epsilon,
                           .epsilon_root = epsilon_root,
                           .epsilon_before_correction = epsilon_before_correction};
    const ScaleByAmsgrad never_shrinking{.beta1 = beta1,
                                         .beta2 = beta2,
                                         .epsilon = epsilon,
                                         .epsilon_root = epsilon_root,
                                         .epsilon_before_correction = epsilon_before_correction};
    // The sign's elements that are kept stay 1.
    const Cautious mask{.floor = signs ? 1 : 1e-3};
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           MarsCorrection{.beta1 = beta1, .gamma = gamma, .plain_first_step = plain_first_step} |
           ClipByBlockNorm{.max_norm = 1.0, .epsilon = 0, .spares_first_step = plain_first_step} |
           choose(signs     ? 0U
                  : amsgrad ? 1U
                            : 2U,
                  MovingAverage{.momentum = beta1} | ScaleBySign{}, never_shrinking, adam) |
           optional(mask, cautious) | detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// timm: beta1 0.9, the first step with the plain gradient.
  static Mars like_timm() { return {.beta1 = 0.9, .plain_first_step = true}; }
};

}  // namespace descent
