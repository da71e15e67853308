// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decayed_gradient.hpp>
#include <descent/transforms/momentum/trace.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Stochastic gradient descent, with optional momentum.
///
///   g = g + weight_decay p
///   b = momentum b + (1 - dampening) g        (the first b is g)
///   p = p - rate b,   or with nesterov:   p = p - rate (g + momentum b)
///
/// Memory: 1 value a parameter with momentum, else none. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Robbins & Monro 1951; Polyak 1964; Sutskever et al. 2013.
/// Differs from: Keras and ensmallen, which have the rate in the momentum (set rate_in_momentum);
/// PyTorch and Optax as here. ensmallen also divides the rate by the batch size.
struct Sgd {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule momentum = 0.0;        ///< decay of the momentum buffer, in [0, 1); 0: off
  double dampening = 0;           ///< reduces the gradient's weight, in [0, 1); 0 with nesterov
  bool nesterov = false;          ///< Nesterov momentum; needs a momentum greater than 0
  Schedule weight_decay = 0.0;    ///< added to the gradient, not negative
  bool maximize = false;          ///< steps uphill, to maximize the objective
  bool rate_in_momentum = false;  ///< the momentum buffer holds rate * gradient, so that a change of the rate
                                  ///< takes effect slowly

  auto chain(auto...) const {
    const ScaleByLearningRate rate{learning_rate};
    const auto rate_first =
        rate | detail::DampenedTrace{.momentum = momentum, .dampening = dampening, .nesterov = nesterov};
    const auto momentum_first =
        Trace{.momentum = momentum, .dampening = dampening, .nesterov = nesterov} | rate;
    return detail::decayed_gradient(maximize, weight_decay) |
           either(rate_in_momentum && !is_always_zero(momentum), rate_first, momentum_first);
  }

  void check(const Check& check) const {
    check.that(!nesterov || !is_always_zero(momentum), "nesterov needs a momentum greater than 0");
  }

  /// Keras: rate 0.01, and the momentum buffer holds the rate.
  static Sgd like_keras() { return {.learning_rate = 0.01, .rate_in_momentum = true}; }
};

}  // namespace descent
