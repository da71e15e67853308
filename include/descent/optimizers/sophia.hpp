// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_sophia.hpp>

#include <utility>

namespace descent {

/// Sophia: divides by an estimate of the curvature and clips each element.
///
/// ScaleBySophia with weight decay and a learning rate; see there for the formula and for how to pass the
/// Hessian's diagonal.
///   p = p - rate (u + weight_decay p)
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any. Errors: std::invalid_argument for an option out
/// of its range.
/// Source: Liu et al. 2023, arXiv:2305.14342.
/// Differs from: Optax's contrib.sophia (like_optax()), which estimates the Hessian itself.
struct Sophia {
  Schedule learning_rate = 0.06;  ///< not negative
  Schedule beta1 = 0.96;          ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.99;          ///< decay of the average of the Hessian's diagonal, in [0, 1)
  double epsilon = 1e-12;         ///< smallest curvature, greater than 0
  double clip_threshold = 0.01;   ///< largest size of an element of the update, greater than 0
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  double gamma = 1;              ///< factor on the Hessian's diagonal, greater than 0
  bool bias_correction = false;  ///< divides averages by 1 - beta^t

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

  auto chain(auto...) const {
    return detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleBySophia{.beta1 = beta1,
                         .beta2 = beta2,
                         .epsilon = epsilon,
                         .clip_threshold = clip_threshold,
                         .gamma = gamma,
                         .bias_correction = bias_correction} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }
};

}  // namespace descent
