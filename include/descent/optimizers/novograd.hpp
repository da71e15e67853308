// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_novograd.hpp>

namespace descent {

/// Momentum of gradients that are normalized per block: the memory of SGD with the robustness of Adam.
///
///   v = beta2 v + (1 - beta2) |g|^2,   v = |g|^2 at the first step; over the block
///   m = beta1 m + g / (sqrt(v) + epsilon) + weight_decay p
///   p = p - rate m
///
/// Memory: 1 value a parameter, 2 a block. Passes: 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ginsburg et al. 2019, arXiv:1905.11286.
/// Differs from: timm in its betas, epsilon and start (like_timm()); Optax as here.
struct NovoGrad {
  Schedule learning_rate = 1e-3;    ///< not negative
  Schedule beta1 = 0.9;             ///< decay of the momentum, in [0, 1)
  Schedule beta2 = 0.25;            ///< decay of the average of squared norms, in [0, 1)
  double epsilon = 1e-6;            ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;      ///< added to the normalized gradient, not negative
  bool maximize = false;            ///< steps uphill, to maximize the objective
  bool gradient_averaging = false;  ///< multiplies by 1 - beta1 what is added to m
  bool amsgrad = false;             ///< v never decreases
  double epsilon_root = 0;          ///< added inside the square root, not negative
  bool start_at_gradient = false;   ///< a block's v starts at its first gradient other than 0

  auto chain(auto...) const {
    return Negate{maximize} |
           ScaleByNovoGrad{.beta1 = beta1,
                           .beta2 = beta2,
                           .epsilon = epsilon,
                           .weight_decay = weight_decay,
                           .gradient_averaging = gradient_averaging,
                           .amsgrad = amsgrad,
                           .epsilon_root = epsilon_root,
                           .start_at_gradient = start_at_gradient} |
           ScaleByLearningRate{learning_rate};
  }

  /// timm: betas 0.95 and 0.98, epsilon 1e-8, each block starts at its first gradient.
  static NovoGrad like_timm() {
    return {.beta1 = 0.95, .beta2 = 0.98, .epsilon = 1e-8, .start_at_gradient = true};
  }
};

}  // namespace descent
