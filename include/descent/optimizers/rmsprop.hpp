// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/trace.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_rms.hpp>
#include <descent/transforms/scale/scale_by_standard_deviation.hpp>

namespace descent {

/// Divides the gradient by the root of its average square.
///
///   g = g + weight_decay p
///   v = decay v + (1 - decay) g^2          d = g / (sqrt(v) + epsilon)
///   centered:   m = decay m + (1 - decay) g   and   v - m^2 in the root
///   b = momentum b + d                     p = p - rate b
///
/// Memory: 1 value a parameter, 1 more when centered, 1 more with momentum. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Tieleman & Hinton 2012, Coursera lecture 6.5; Graves 2013, arXiv:1308.0850.
/// Differs from: Optax (like_optax()), Keras (like_keras()), TensorFlow 1 (like_tensorflow()); PyTorch as
/// here.
struct RmsProp {
  Schedule learning_rate = 0.01;  ///< not negative
  Schedule decay = 0.99;          ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  Schedule momentum = 0.0;        ///< decay of the momentum buffer, in [0, 1); 0: off
  bool centered = false;          ///< subtracts the squared average of gradients from v
  Schedule weight_decay = 0.0;    ///< strength of weight decay, not negative
  WeightDecayForm weight_decay_form = WeightDecayForm::coupled;  ///< see WeightDecayForm
  bool nesterov = false;                                         ///< Nesterov momentum
  bool maximize = false;                                         ///< steps uphill, to maximize the objective
  bool epsilon_in_root = false;   ///< sqrt(v + epsilon) instead of sqrt(v) + epsilon
  double initial_square_avg = 0;  ///< average of squared gradients before the first step, not negative
  bool bias_correction = false;   ///< divides v by 1 - decay^t
  bool rate_in_momentum = false;  ///< the momentum buffer holds rate * d

  auto chain(auto...) const {
    const ScaleByRms raw{.decay = decay,
                         .epsilon = epsilon,
                         .epsilon_in_root = epsilon_in_root,
                         .initial_square_avg = initial_square_avg,
                         .bias_correction = bias_correction};
    const ScaleByStandardDeviation central{.decay = decay,
                                           .epsilon = epsilon,
                                           .epsilon_in_root = epsilon_in_root,
                                           .initial_square_avg = initial_square_avg,
                                           .bias_correction = bias_correction};
    const ScaleByLearningRate rate{learning_rate};
    const auto rate_first =
        rate | detail::DampenedTrace{.momentum = momentum, .dampening = 0, .nesterov = nesterov} |
        decoupled_from(learning_rate);
    const auto momentum_first = Trace{.momentum = momentum, .nesterov = nesterov} |
                                detail::decay_into_direction(weight_decay_form, weight_decay) | rate;
    return Negate{maximize} | detail::decay_into_gradient(weight_decay_form, weight_decay) |
           either(centered, central, raw) |
           either(rate_in_momentum && !is_always_zero(momentum), rate_first, momentum_first) |
           detail::decay_after_rate(weight_decay_form, weight_decay);
  }

  void check(const Check& check) const { check("weight_decay", weight_decay, legal::non_negative); }

  /// Optax: decay 0.9, epsilon in the root, the rate in the momentum.
  static RmsProp like_optax() {
    return {.learning_rate = 1e-3, .decay = 0.9, .epsilon_in_root = true, .rate_in_momentum = true};
  }
  /// Keras: decay 0.9, epsilon 1e-7 in the root, the rate in the momentum.
  static RmsProp like_keras() {
    return {.learning_rate = 1e-3,
            .decay = 0.9,
            .epsilon = 1e-7,
            .epsilon_in_root = true,
            .rate_in_momentum = true};
  }
  /// TensorFlow 1 (timm's RMSpropTF): like Optax, but the average square starts at 1.
  static RmsProp like_tensorflow() {
    return {.decay = 0.9,
            .epsilon = 1e-10,
            .epsilon_in_root = true,
            .initial_square_avg = 1,
            .rate_in_momentum = true};
  }

 private:
  // After the rule that applies the rate, decoupled decay must multiply by the rate itself.
  SubtractDecayedWeights decoupled_from(const Schedule& rate) const {
    if (weight_decay_form != WeightDecayForm::decoupled) return {0};
    if (rate.is_constant() && weight_decay.is_constant()) return {rate(0) * weight_decay(0)};
    return {[rate, decay = weight_decay](std::int64_t step) {
      const double given = decay(step);
      if (!legal::non_negative.contains(given)) return given;  // check() rejects it
      return rate(step) * given;
    }};
  }
};

}  // namespace descent
