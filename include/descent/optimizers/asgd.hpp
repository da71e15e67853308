// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/average_with_falling_rate.hpp>

namespace descent {

/// Averaged stochastic gradient descent: a falling rate, and the mean of the parameters as the result.
///
///   g = g + weight_decay p
///   eta = rate / (1 + lambda rate k)^alpha,   k the number of earlier steps
///   p = p (1 - lambda eta) - eta g
///   ax = ax + (p - ax) / max(1, k - t0),   at first ax = p
///
/// The mean, from step t0 on, is `optimizer.evaluation_point(model)`.
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Polyak & Juditsky 1992, SIAM J. Control Optim. 30(4).
/// Differs from: PyTorch if the rate varies: there eta uses the rate of the previous step.
struct Asgd {
  Schedule learning_rate = 0.01;  ///< not negative
  double lambda = 1e-4;           ///< how fast the rate falls, and a decay of the parameters; not negative
  double alpha = 0.75;            ///< power of the decrease of the rate, not negative
  double t0 = 1e6;                ///< step at which averaging begins, not negative
  Schedule weight_decay = 0.0;    ///< added to the gradient, not negative
  bool maximize = false;          ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           AverageWithFallingRate{.learning_rate = learning_rate, .lambda = lambda, .alpha = alpha, .t0 = t0};
  }
};

}  // namespace descent
