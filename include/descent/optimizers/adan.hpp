// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/decay/decay_after_step.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adan.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam with Nesterov momentum that is estimated from the differences of gradients.
///
///   m = beta1 m + (1 - beta1) g          d = g - g of the step before, at first 0
///   v = beta2 v + (1 - beta2) d          n = beta3 n + (1 - beta3) (g + beta2 d)^2
///   u = (m / (1 - beta1^t) + beta2 v / (1 - beta2^t)) / (sqrt(n / (1 - beta3^t)) + epsilon)
///   p = (p - rate u) / (1 + rate weight_decay)
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2, beta3 in [0, 1), schedules (0.98, 0.92,
/// 0.99); epsilon >= 0 (1e-8); weight_decay >= 0, a schedule (0); proximal (true): false decays as AdamW,
/// p = p - rate (u + weight_decay p); maximize (false): climb; epsilon_root >= 0 (0), inside the root;
/// cautious (false): m counts only where it agrees with g in sign; complementary_weight (false): 1 - beta2
/// in place of beta2 before d and v.
/// Memory: 4 values a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Xie et al. 2022, arXiv:2208.06677; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: Optax (like_optax()), which weighs the difference by 1 - beta2; timm as here.
struct Adan {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.98, beta2 = 0.92, beta3 = 0.99;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.0;
  bool proximal = true;
  bool maximize = false;
  double epsilon_root = 0;
  bool cautious = false;
  bool complementary_weight = false;

  auto chain() const {
    const ScaleByAdan adan{beta1, beta2, beta3, epsilon, epsilon_root, complementary_weight};
    const detail::ScaleByCautiousAdan careful{
        {beta1, beta2, beta3, epsilon, epsilon_root, complementary_weight}};
    return Negate{maximize} | either(cautious, careful, adan) |
           AddDecayedWeights{proximal ? Schedule(0) : weight_decay} | ScaleByLearningRate{learning_rate} |
           DecayAfterStep{learning_rate, proximal ? weight_decay : Schedule(0), true};
  }

  /// Optax: epsilon_root 1e-8, decay as AdamW, the difference weighed by 1 - beta2.
  static Adan like_optax() { return {.proximal = false, .epsilon_root = 1e-8, .complementary_weight = true}; }
};

}  // namespace descent
