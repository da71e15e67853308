// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adabelief.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam that trusts a gradient near its average: large steps where gradients agree, small ones elsewhere.
///
///   m = beta1 m + (1 - beta1) g          s = beta2 s + (1 - beta2) (g - m)^2 + epsilon_root
///   d = (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)
///   p = p - rate (d + weight_decay p)
///
/// Options: learning_rate >= 0, a schedule (1e-3); beta1, beta2 in [0, 1), schedules (0.9, 0.999); epsilon
/// >= 0 (1e-16); weight_decay >= 0, a schedule (0), weight_decay_form (decoupled): where it acts; amsgrad
/// (false): s never falls; maximize (false): climb; epsilon_root >= 0 (1e-16), added to
/// s at every step; rectify (false) and degenerate_to_sgd (true): the first steps as in RAdam, at a
/// threshold of 5; nesterov (false): look ahead with the first moment.
/// Memory: 2 values a parameter, 3 with amsgrad. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zhuang et al. 2020, arXiv:2010.07468, Algorithm 2.
/// Differs from: timm's class, which rectifies by default (like_timm()), and ensmallen, which has 1e-12 in
/// place of both epsilons; Optax as here. Rectified steps of timm pass over amsgrad.
struct AdaBelief {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-16;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  bool amsgrad = false;
  bool maximize = false;
  double epsilon_root = 1e-16;
  bool rectify = false, degenerate_to_sgd = true;
  bool nesterov = false;

  auto chain() const {
    const ScaleByAdaBelief belief{beta1, beta2, epsilon, epsilon_root, rectify, degenerate_to_sgd, nesterov};
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           either(amsgrad, detail::ScaleByAmsBelief{belief}, belief) |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// timm: the first steps as in RAdam.
  static AdaBelief like_timm() { return {.rectify = true}; }
};

}  // namespace descent
