// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_yogi.hpp>

namespace descent {

/// Adam whose second moment decreases no faster than it grows: good for rare gradients.
///
///   m = beta1 m + (1 - beta1) g          v = v - (1 - beta2) sign(v - g^2) g^2
///   d = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///   p = p - rate (d + weight_decay p)
///
/// Memory: 2 values a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Zaheer et al. 2018, "Adaptive Methods for Nonconvex Optimization", NeurIPS.
/// Differs from: the paper, which corrects neither moment (like_paper()), and ensmallen, which follows the
/// paper with epsilon 1e-8; Optax and pytorch_optimizer as here.
struct Yogi {
  Schedule learning_rate = 0.01;      ///< not negative
  Schedule beta1 = 0.9;               ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;             ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-3;              ///< added to the denominator, not negative
  double initial_accumulator = 1e-6;  ///< m and v before the first step, not negative
  Schedule weight_decay = 0.0;        ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;              ///< steps uphill, to maximize the objective
  double epsilon_root = 0;            ///< added inside the square root, not negative
  bool correct_first_moment = true;   ///< divides m by 1 - beta1^t
  bool correct_second_moment = true;  ///< divides v by 1 - beta2^t

  auto chain(auto...) const {
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           ScaleByYogi{.beta1 = beta1,
                       .beta2 = beta2,
                       .epsilon = epsilon,
                       .initial_accumulator = initial_accumulator,
                       .epsilon_root = epsilon_root,
                       .correct_first_moment = correct_first_moment,
                       .correct_second_moment = correct_second_moment} |
           detail::decay_into_direction(weight_decay_form, weight_decay) |
           ScaleByLearningRate{learning_rate} | detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  /// The paper: neither moment corrected.
  static Yogi like_paper() { return {.correct_first_moment = false, .correct_second_moment = false}; }
};

}  // namespace descent
