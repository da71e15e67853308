// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decay_after_step.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_laprop.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam with momentum after the scaling, so that any beta1 goes with any beta2.
///
///   v = beta2 v + (1 - beta2) g^2
///   m = beta1 m + (1 - beta1) g / (sqrt(v / (1 - beta2^t)) + epsilon)
///   p = (1 - rate weight_decay) (p - rate m / (1 - beta1^t))
///
/// Options: learning_rate >= 0, a schedule (4e-4); beta1, beta2 in [0, 1), schedules (0.9, 0.999); epsilon
/// >= 0 (1e-15); weight_decay >= 0, a schedule (0), of where the step has led to; maximize (false): climb;
/// cautious (false): drop elements that point against the gradient; rate_in_momentum (false): each step
/// counts in m by its rate, m divided by the average rate.
/// Memory: 2 values a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ziyin, Wang & Ueda 2020, arXiv:2002.04839; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: the authors' code and timm, which have the rate in the momentum (like_timm()): the same
/// numbers while the rate is constant.
struct LaProp {
  Schedule learning_rate = 4e-4;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-15;
  Schedule weight_decay = 0.0;
  bool maximize = false;
  bool cautious = false;
  bool rate_in_momentum = false;

  auto chain() const {
    return Negate{maximize} |
           ScaleByLaProp{beta1, beta2, epsilon, rate_in_momentum ? learning_rate : Schedule(1)} |
           optional(Cautious{}, cautious) | ScaleByLearningRate{learning_rate} |
           DecayAfterStep{learning_rate, weight_decay};
  }

  /// timm: the rate in the momentum.
  static LaProp like_timm() { return {.rate_in_momentum = true}; }
};

}  // namespace descent
