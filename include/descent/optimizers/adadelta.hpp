// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adadelta.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Steps of the size of recent steps, without a rate to tune.
///
///   g = g + weight_decay p
///   v = rho v + (1 - rho) g^2          d = sqrt(a + epsilon) / sqrt(v + epsilon) g
///   a = rho a + (1 - rho) d^2          p = p - rate d
///
/// Options: learning_rate >= 0, a schedule (1); rho in [0, 1], a schedule (0.9); epsilon >= 0 (1e-6),
/// which sets the size of the first steps; weight_decay >= 0, a schedule (0); maximize (false): climb.
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zeiler 2012, arXiv:1212.5701.
/// Differs from: Keras in its defaults (like_keras()); PyTorch and Optax as here.
struct Adadelta {
  Schedule learning_rate = 1.0;
  Schedule rho = 0.9;
  double epsilon = 1e-6;
  Schedule weight_decay = 0.0;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} | ScaleByAdadelta{rho, epsilon} |
           ScaleByLearningRate{learning_rate};
  }

  /// Keras: rate 1e-3, rho 0.95, epsilon 1e-7.
  static Adadelta like_keras() { return {.learning_rate = 1e-3, .rho = 0.95, .epsilon = 1e-7}; }
};

}  // namespace descent
