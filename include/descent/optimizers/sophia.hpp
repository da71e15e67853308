// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_sophia.hpp>

#include <utility>

namespace descent {

/// Sophia: steps by an estimate of the curvature, clipped element by element.
///
/// ScaleBySophia with weight decay and a learning rate; see there for the formula and for how the Hessian's
/// diagonal is handed in.
///   p = p - rate (u + weight_decay p)
///
/// Options: learning_rate, a schedule (0.06); those of ScaleBySophia; weight_decay >= 0, a schedule (0);
/// weight_decay_form (decoupled).
/// Memory: 2 values a parameter. Passes: 1. Shapes: any. Errors: std::invalid_argument for an option out
/// of its range.
/// Source: Liu et al. 2023, arXiv:2305.14342.
/// Differs from: Optax's contrib.sophia, whose defaults like_optax() gives; it estimates the Hessian itself.
struct Sophia {
  Schedule learning_rate = 0.06;
  Schedule beta1 = 0.96, beta2 = 0.99;
  double epsilon = 1e-12;
  double clip_threshold = 0.01;
  Schedule weight_decay = 0.0;
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;
  double gamma = 1;
  bool bias_correction = false;

  /// optax.contrib.sophia.
  static Sophia like_optax(Schedule learning_rate) {
    return {.learning_rate = std::move(learning_rate),
            .beta1 = 0.965,
            .epsilon = 1e-8,
            .clip_threshold = 1,
            .weight_decay = 1e-4,
            .gamma = 0.01,
            .bias_correction = true};
  }

  auto chain() const {
    return detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleBySophia{beta1, beta2, epsilon, clip_threshold, gamma, bias_correction} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
