// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decay_after_step.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_laprop.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam with momentum after the scaling, so that beta1 and beta2 can be chosen independently.
///
///   v = beta2 v + (1 - beta2) g^2
///   m = beta1 m + (1 - beta1) g / (sqrt(v / (1 - beta2^t)) + epsilon)
///   p = (1 - rate weight_decay) (p - rate m / (1 - beta1^t))
///
/// Memory: 2 values a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ziyin, Wang & Ueda 2020, arXiv:2002.04839; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: the authors' code and timm, which have the rate in the momentum (like_timm()): the same
/// numbers if the rate is constant.
struct LaProp {
  Schedule learning_rate = 4e-4;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-15;         ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;    ///< applied to the parameters after the step, not negative
  bool maximize = false;          ///< steps uphill, to maximize the objective
  bool cautious = false;          ///< drops elements of the update that point against the gradient
  bool rate_in_momentum = false;  ///< weighs each step in m by its rate, and divides m by the average rate

  auto chain(auto...) const {
    return Negate{maximize} |
           ScaleByLaProp{.beta1 = beta1,
                         .beta2 = beta2,
                         .epsilon = epsilon,
                         .weight = rate_in_momentum ? learning_rate : Schedule(1)} |
           optional(Cautious{}, cautious) | ScaleByLearningRate{learning_rate} |
           DecayAfterStep{.learning_rate = learning_rate, .weight_decay = weight_decay};
  }

  /// timm: the rate in the momentum.
  static LaProp like_timm() { return {.rate_in_momentum = true}; }
};

}  // namespace descent
