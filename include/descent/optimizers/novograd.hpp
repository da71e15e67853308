// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_novograd.hpp>

namespace descent {

/// Gradients normalized block by block, then momentum: the state of SGD with the robustness of Adam.
///
///   v = beta2 v + (1 - beta2) |g|^2,   at the first step v = |g|^2; over the block
///   m = beta1 m + g / (sqrt(v) + epsilon) + weight_decay p
///   p = p - rate m
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.25); epsilon
/// >= 0 (1e-6); weight_decay >= 0, a schedule (0); maximize (false): climb; gradient_averaging (false):
/// what is added to m is multiplied by 1 - beta1; amsgrad (false): v never shrinks; epsilon_root >= 0 (0),
/// inside the root; start_at_gradient (false): a block's v starts at its first gradient that is not 0.
/// Memory: 1 value a parameter, 2 a block. Passes: 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ginsburg et al. 2019, arXiv:1905.11286.
/// Differs from: timm in its betas, epsilon and start (like_timm()); Optax as here.
struct NovoGrad {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.25;
  double epsilon = 1e-6;
  Schedule weight_decay = 0.0;
  bool maximize = false;
  bool gradient_averaging = false;
  bool amsgrad = false;
  double epsilon_root = 0;
  bool start_at_gradient = false;

  auto chain() const {
    return Negate{maximize} |
           ScaleByNovoGrad{beta1,   beta2,        epsilon,          weight_decay, gradient_averaging,
                           amsgrad, epsilon_root, start_at_gradient} |
           ScaleByLearningRate{learning_rate};
  }

  /// timm: betas 0.95 and 0.98, epsilon 1e-8, each block starts at its first gradient.
  static NovoGrad like_timm() {
    return {.beta1 = 0.95, .beta2 = 0.98, .epsilon = 1e-8, .start_at_gradient = true};
  }
};

}  // namespace descent
