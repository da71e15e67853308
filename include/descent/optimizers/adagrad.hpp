// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adagrad.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Divides the gradient by the root of the sum of all squares so far: rates that only shrink.
///
///   g = g + weight_decay p          s = s + g^2
///   p = p - rate / (1 + k learning_rate_decay) g / (sqrt(s) + epsilon),   k steps taken before
///
/// Options: learning_rate >= 0, a schedule (0.01); epsilon >= 0 (1e-10); weight_decay >= 0, a schedule
/// (0); learning_rate_decay >= 0 (0); initial_sum >= 0 (0): s before the first step; maximize (false):
/// climb; epsilon_in_root (false): sqrt(s + epsilon).
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Duchi, Hazan & Singer 2011, JMLR 12.
/// Differs from: Optax (like_optax()) and Keras (like_keras()); PyTorch as here.
struct Adagrad {
  Schedule learning_rate = 0.01;
  double epsilon = 1e-10;
  Schedule weight_decay = 0.0;
  double learning_rate_decay = 0;
  double initial_sum = 0;
  bool maximize = false;
  bool epsilon_in_root = false;

  auto chain() const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           ScaleByAdagrad{epsilon, initial_sum, epsilon_in_root, learning_rate_decay} |
           ScaleByLearningRate{learning_rate};
  }

  void check(const Check& check) const {
    check("learning_rate_decay", learning_rate_decay, legal::non_negative);
  }

  /// Optax: the sum starts at 0.1, epsilon 1e-7 in the root.
  static Adagrad like_optax() { return {.epsilon = 1e-7, .initial_sum = 0.1, .epsilon_in_root = true}; }
  /// Keras: as Optax, rate 1e-3.
  static Adagrad like_keras() {
    return {.learning_rate = 1e-3, .epsilon = 1e-7, .initial_sum = 0.1, .epsilon_in_root = true};
  }
};

}  // namespace descent
