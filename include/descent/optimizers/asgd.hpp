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
///   eta = rate / (1 + lambda rate k)^alpha,   k steps taken before
///   p = p (1 - lambda eta) - eta g
///   ax = ax + (p - ax) / max(1, k - t0),   at first ax = p
///
/// The mean, from step t0 on, is `optimizer.evaluation_point(model)`.
/// Options: learning_rate >= 0, a schedule (0.01); lambda >= 0 (1e-4): how fast the rate falls, and a decay
/// of the parameters; alpha >= 0 (0.75); t0 >= 0 (1e6): the step at which averaging begins; weight_decay >=
/// 0, a schedule (0), added to the gradient; maximize (false): climb.
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Polyak & Juditsky 1992, SIAM J. Control Optim. 30(4).
/// Differs from: PyTorch in a rate that varies only: there eta is made of the rate of the step before.
struct Asgd {
  Schedule learning_rate = 0.01;
  double lambda = 1e-4, alpha = 0.75, t0 = 1e6;
  Schedule weight_decay = 0.0;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           AverageWithFallingRate{learning_rate, lambda, alpha, t0};
  }
};

}  // namespace descent
