// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/quasi_hyperbolic_momentum.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Quasi-hyperbolic momentum: a mix of a step of gradient descent and one of averaged momentum.
///
///   g = g + weight_decay p
///   b = momentum b + (1 - momentum) g
///   p = p - rate ((1 - nu) g + nu b)
///
/// Options: learning_rate >= 0, a schedule (1: the paper's advice, since b is an average); momentum in
/// [0, 1), a schedule (0.999); nu in [0, 1], a schedule (0.7); weight_decay >= 0, a schedule (0),
/// weight_decay_form (coupled): where it acts; maximize (false): climb.
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ma & Yarats 2019, arXiv:1810.06801, Algorithm 1.
/// Differs from: pytorch_optimizer, which has rate 1e-3, momentum 0 and nu 1 when nothing is said.
struct Qhm {
  Schedule learning_rate = 1.0;
  Schedule momentum = 0.999;
  Schedule nu = 0.7;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           QuasiHyperbolicMomentum{momentum, nu} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
