// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_rms.hpp>
#include <descent/transforms/whole_step/schedule_free.hpp>

namespace descent {

/// AdamW that replaces the first moment and a falling schedule by an average of iterates.
///
///   v = beta2 v + (1 - beta2) g^2,   d = g / (sqrt(v / (1 - beta2^t)) + epsilon) + weight_decay y
///   z = z - rate d,   x the weighted average of all z
///   y = beta1 x + (1 - beta1) z
///
/// The parameters are y, where gradients are taken; evaluate the model at x,
/// `optimizer.evaluation_point(parameters)`.
/// Memory: 2 values a parameter, 3 with inner_momentum. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio et al. 2024, arXiv:2405.15682.
/// Differs from: the first versions of the authors' package, which also multiplied the rate in the weights by
/// sqrt(1 - beta2^t); its version 1.4.1 and Optax as here. Keras averages with rate_power = 0 (like_keras()).
struct ScheduleFreeAdamW {
  Schedule learning_rate = 2.5e-3;  ///< not negative; may warm up, but should not fall
  double beta1 = 0.9;               ///< weight of the average x in y, in (0, 1)
  Schedule beta2 = 0.999;           ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;            ///< added to the denominator, not negative
  Schedule weight_decay = 0.0;      ///< strength of weight decay at y, not negative
  bool maximize = false;            ///< steps uphill, to maximize the objective
  Schedule inner_momentum = 0.0;    ///< decay of a first moment, corrected as Adam's, that replaces g in d;
                                    ///< in [0, 1); 0: off
  double step_power = 0;            ///< power of t in the weight of step t in the average, not negative
  double rate_power = 2;            ///< power of the largest rate so far in that weight, not negative

  auto chain(auto...) const {
    const ScaleByRms second{.decay = beta2, .epsilon = epsilon, .bias_correction = true};
    const ScaleByAdam both{.beta1 = inner_momentum, .beta2 = beta2, .epsilon = epsilon};
    return Negate{maximize} | either(is_always_zero(inner_momentum), second, both) |
           AddDecayedWeights{weight_decay} |
           ScheduleFree{.learning_rate = learning_rate,
                        .momentum = beta1,
                        .step_power = step_power,
                        .rate_power = rate_power};
  }

  void check(const Check& check) const {
    check("beta1", beta1, Interval{.low = 0, .high = 1});
    check("beta2", beta2, legal::decay_rate);
    check("inner_momentum", inner_momentum, legal::decay_rate);
  }

  /// Keras: all steps have the same weight.
  static ScheduleFreeAdamW like_keras() { return {.rate_power = 0}; }
};

}  // namespace descent
