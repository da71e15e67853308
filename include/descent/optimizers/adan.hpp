// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/decay/decay_after_step.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adan.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam with Nesterov momentum, estimated from the differences of gradients.
///
///   m = beta1 m + (1 - beta1) g          d = g - previous g, at first 0
///   v = beta2 v + (1 - beta2) d          n = beta3 n + (1 - beta3) (g + beta2 d)^2
///   u = (m / (1 - beta1^t) + beta2 v / (1 - beta2^t)) / (sqrt(n / (1 - beta3^t)) + epsilon)
///   p = (p - rate u) / (1 + rate weight_decay)
///
/// Memory: 4 values a parameter. Passes: 1, with cautious 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Xie et al. 2022, arXiv:2208.06677; Liang et al. 2024, arXiv:2411.16085 (cautious).
/// Differs from: Optax (like_optax()), which multiplies the difference by 1 - beta2; timm as here.
struct Adan {
  Schedule learning_rate = 1e-3;      ///< not negative
  Schedule beta1 = 0.98;              ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.92;              ///< decay of the average of differences of gradients, in [0, 1)
  Schedule beta3 = 0.99;              ///< decay of the average of squares, in [0, 1)
  double epsilon = 1e-8;              ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;        ///< strength of weight decay, not negative
  bool proximal = true;               ///< false decays as AdamW, p = p - rate (u + weight_decay p)
  bool maximize = false;              ///< steps uphill, to maximize the objective
  double epsilon_root = 0;            ///< added inside the square root, not negative
  bool cautious = false;              ///< ignores elements of m whose sign differs from that of g
  bool complementary_weight = false;  ///< 1 - beta2 instead of beta2 as the factor of d and v

  auto chain(auto...) const {
    const ScaleByAdan adan{.beta1 = beta1,
                           .beta2 = beta2,
                           .beta3 = beta3,
                           .epsilon = epsilon,
                           .epsilon_root = epsilon_root,
                           .complementary_weight = complementary_weight};
    const detail::ScaleByCautiousAdan careful{.moments = {.beta1 = beta1,
                                                          .beta2 = beta2,
                                                          .beta3 = beta3,
                                                          .epsilon = epsilon,
                                                          .epsilon_root = epsilon_root,
                                                          .complementary_weight = complementary_weight}};
    return Negate{maximize} | either(cautious, careful, adan) |
           AddDecayedWeights{proximal ? Schedule(0) : weight_decay} | ScaleByLearningRate{learning_rate} |
           DecayAfterStep{.learning_rate = learning_rate,
                          .weight_decay = proximal ? weight_decay : Schedule(0),
                          .proximal = true};
  }

  /// Optax: epsilon_root 1e-8, decay like AdamW, the difference multiplied by 1 - beta2.
  static Adan like_optax() { return {.proximal = false, .epsilon_root = 1e-8, .complementary_weight = true}; }
};

}  // namespace descent
