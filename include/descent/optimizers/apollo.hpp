// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_apollo.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Divides the average of gradients by an estimate of the diagonal of the Hessian (a quasi-Newton method).
///
///   a = (1 - beta) / (1 - beta^t)          y = g - m          m = m + a y
///   d = d / (|d|_4 + epsilon')          b = b - (a sum(y d) / (|d|_4 + epsilon') + sum(b d^2)) d^2
///   d = m / max(|b|, r) + weight_decay p          p = p - rate d
///
/// Sums and norms are over the block; for r and epsilon' see ScaleByApollo. The authors warm up the rate over
/// 500 steps: `Apollo{.learning_rate = warmup(500) >> Schedule(0.01)}`.
/// Memory: 3 values a parameter, 2 more for scratch. Passes: 5, as a rule of whole matrices. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range, or stable_decay without decoupled decay.
/// Source: Ma 2020, arXiv:2009.13586. Not to be confused with APOLLO (Zhu et al. 2024), a projected Adam.
/// Differs from: pytorch_optimizer, whose epsilon grows from block to block; the authors' code as here.
struct Apollo {
  Schedule learning_rate = 0.01;                    ///< not negative
  Schedule beta = 0.9;                              ///< decay of the average of gradients, in [0, 1)
  double epsilon = 1e-4;                            ///< for epsilon' in ScaleByApollo, not negative
  ApolloRebound rebound = ApolloRebound::constant;  ///< how the estimate is kept away from 0
  Schedule weight_decay = 0.0;                      ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool stable_decay = false;  ///< divides decoupled decay by the mean of the estimate,
                              ///< so that it keeps the proportion to steps
  bool maximize = false;      ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    const bool decoupled = weight_decay_form == WeightDecayForm::decoupled;
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByApollo{.beta = beta,
                         .epsilon = epsilon,
                         .rebound = rebound,
                         .weight_decay = decoupled ? weight_decay : Schedule(0),
                         .stable_decay = stable_decay} |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  void check(const Check& check) const {
    check.that(!stable_decay || weight_decay_form == WeightDecayForm::decoupled,
               "stable_decay needs weight_decay_form = decoupled");
  }
};

}  // namespace descent
