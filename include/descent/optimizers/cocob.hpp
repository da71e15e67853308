// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/bet_coins.hpp>

namespace descent {

/// Continuous coin betting: no learning rate to choose; each parameter has its own step size.
///
///   g = learning_rate (g + weight_decay p)
///   L = max(L, |g|)          G = G + |g|
///   W = max(W - g (p - p0), 0)          C = C - g,   p0 the parameters before the first step
///   p = p0 + C (L + W) / (L max(G + L, alpha L))
///
/// Memory: 5 values a parameter. Passes: 1. Shapes: any. While p0 is 0 and gradients keep their sign, steps
/// grow exponentially, so that distant solutions are found fast.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Orabona & Tommasi 2017, arXiv:1705.07795, Algorithm 2. Optax as here.
struct Cocob {
  Schedule learning_rate = 1.0;  ///< factor on the gradient, without effect if constant; not negative
  double alpha = 100;            ///< the first steps have the size 1 / alpha; greater than 0
  Schedule weight_decay = 0.0;   ///< added to the gradient, not negative
  double epsilon = 1e-8;         ///< L before the first step, greater than 0
  bool maximize = false;         ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           BetCoins{.learning_rate = learning_rate, .alpha = alpha, .epsilon = epsilon};
  }
};

}  // namespace descent
