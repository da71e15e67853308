// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adagrad.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Divides the gradient by the root of the sum of all squares so far, so that steps get shorter.
///
///   g = g + weight_decay p          s = s + g^2
///   p = p - rate / (1 + k learning_rate_decay) g / (sqrt(s) + epsilon),   k the number of earlier steps
///
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Duchi, Hazan & Singer 2011, JMLR 12.
/// Differs from: Optax (like_optax()) and Keras (like_keras()); PyTorch as here.
struct Adagrad {
  Schedule learning_rate = 0.01;   ///< not negative
  double epsilon = 1e-10;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;     ///< strength of weight decay, not negative
  double learning_rate_decay = 0;  ///< the rate is divided by 1 + k learning_rate_decay, not negative
  double initial_sum = 0;          ///< sum of squared gradients before the first step, not negative
  bool maximize = false;           ///< steps uphill, to maximize the objective
  bool epsilon_in_root = false;    ///< sqrt(v + epsilon) instead of sqrt(v) + epsilon

  auto chain(auto...) const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           ScaleByAdagrad{.epsilon = epsilon,
                          .initial_sum = initial_sum,
                          .epsilon_in_root = epsilon_in_root,
                          .decay = learning_rate_decay} |
           ScaleByLearningRate{learning_rate};
  }

  void check(const Check& check) const {
    check("learning_rate_decay", learning_rate_decay, legal::non_negative);
  }

  /// Optax: the sum starts at 0.1, epsilon 1e-7 in the root.
  static Adagrad like_optax() { return {.epsilon = 1e-7, .initial_sum = 0.1, .epsilon_in_root = true}; }
  /// Keras: like Optax, rate 1e-3.
  static Adagrad like_keras() {
    return {.learning_rate = 1e-3, .epsilon = 1e-7, .initial_sum = 0.1, .epsilon_in_root = true};
  }
};

}  // namespace descent
