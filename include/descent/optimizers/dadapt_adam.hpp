// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/dadapt_adam_step.hpp>

#include <limits>

namespace descent {

/// Adam that chooses its rate from an estimate d of the distance to the solution.
///
///   r = d rate,   b = sqrt(beta2)
///   n = b n + (1 - b) r <g, s / (sqrt(v) + epsilon)>      s = b s + (1 - b) r g
///   m = beta1 m + (1 - beta1) r g                         v = beta2 v + (1 - beta2) g^2
///   d = max(d, min(n / ((1 - b) |s|_1), growth_rate d))
///   p = p - m / (sqrt(v) + epsilon) - r weight_decay p,   sums over the tree
///
/// Noise makes d permanently too large: let learning_rate fall to 0, as the paper does. Of 42 trainings of
/// small models (benchmarks/advice/parameter_free.cpp), 15 end within 1.5 times the loss of a tuned AdamW,
/// with a cosine 31; 3 and 2 diverge, on counts. With a growth_rate of 1.02 none diverges, but d takes about
/// 700 steps. Prodigy is the safer choice.
/// Memory: 3 values a parameter. Passes: 2. Shapes: any. The estimate is
/// `optimizer.rule_state<DAdaptAdam>().d`.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio & Mishchenko 2023, arXiv:2301.07733.
/// Differs from: Optax, which always corrects the bias (like_optax()); pytorch_optimizer 3.9.0, which
/// multiplies by |s|_1 instead of dividing.
struct DAdaptAdam {
  Schedule learning_rate = 1.0;  ///< multiple of the rate that is found, not negative
  Schedule beta1 = 0.9;          ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;        ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;         ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;   ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::decoupled;  ///< see WeightDecayForm
  bool maximize = false;                                         ///< steps uphill, to maximize the objective
  double initial_distance = 1e-6;                                ///< first d, greater than 0
  double growth_rate = std::numeric_limits<double>::infinity();  ///< largest growth of d per step, at least 1
  bool bias_correction = false;  ///< multiplies r by sqrt(1 - beta2^t) / (1 - beta1^t)

  auto chain(auto...) const {
    const bool coupled = weight_decay_form == WeightDecayForm::coupled;
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           DAdaptAdamStep{.learning_rate = learning_rate,
                          .beta1 = beta1,
                          .beta2 = beta2,
                          .epsilon = epsilon,
                          .weight_decay = coupled ? Schedule(0) : weight_decay,
                          .weight_decay_form = weight_decay_form,
                          .initial_distance = initial_distance,
                          .growth_rate = growth_rate,
                          .bias_correction = bias_correction};
  }

  /// Optax: the bias is corrected.
  static DAdaptAdam like_optax() { return {.bias_correction = true}; }
};

}  // namespace descent
