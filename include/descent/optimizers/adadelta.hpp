// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adadelta.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Steps of about the size of recent steps; no learning rate to tune.
///
///   g = g + weight_decay p
///   v = rho v + (1 - rho) g^2          d = sqrt(a + epsilon) / sqrt(v + epsilon) g
///   a = rho a + (1 - rho) d^2          p = p - rate d
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zeiler 2012, arXiv:1212.5701.
/// Differs from: Keras in its defaults (like_keras()); PyTorch and Optax as here.
struct Adadelta {
  Schedule learning_rate = 1.0;  ///< not negative
  Schedule rho = 0.9;            ///< decay of the averages, in [0, 1]
  double epsilon = 1e-6;         ///< sets the size of the first steps, not negative
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  bool maximize = false;         ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           ScaleByAdadelta{.rho = rho, .epsilon = epsilon} | ScaleByLearningRate{learning_rate};
  }

  /// Keras: rate 1e-3, rho 0.95, epsilon 1e-7.
  static Adadelta like_keras() { return {.learning_rate = 1e-3, .rho = 0.95, .epsilon = 1e-7}; }
};

}  // namespace descent
