// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_rms.hpp>
#include <descent/transforms/whole_step/schedule_free.hpp>

namespace descent {

/// AdamW with an average in the place of the first moment and of a falling schedule.
///
///   v = beta2 v + (1 - beta2) g^2,   d = g / (sqrt(v / (1 - beta2^t)) + epsilon) + weight_decay y
///   z = z - rate d,   x the weighted average of all z
///   y = beta1 x + (1 - beta1) z
///
/// The parameters are y, where gradients are taken; evaluate the model at x,
/// `optimizer.evaluation_point(parameters)`.
/// Options: learning_rate >= 0, a schedule (2.5e-3; warm up, but let it not fall); beta1 in (0, 1) (0.9),
/// a constant; beta2 in [0, 1), a schedule (0.999); epsilon >= 0 (1e-8); weight_decay >= 0, a schedule (0),
/// at y; maximize (false): climb; inner_momentum in [0, 1), a schedule (0): a first moment, corrected as
/// Adam's, in the place of g above the root; step_power >= 0 (0), rate_power >= 0 (2): step t counts with
/// t^step_power max(rate)^rate_power in the average.
/// Memory: 2 values a parameter, 3 with inner_momentum. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio et al. 2024, arXiv:2405.15682.
/// Differs from: the authors' package, where weight_decay and warm-up count the same but the first versions
/// multiplied the rate by sqrt(1 - beta2^t) in its weight, too; its version 1.4.1 and Optax as here. Keras
/// averages with rate_power = 0 (like_keras()).
struct ScheduleFreeAdamW {
  Schedule learning_rate = 2.5e-3;
  double beta1 = 0.9;
  Schedule beta2 = 0.999;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.0;
  bool maximize = false;
  Schedule inner_momentum = 0.0;
  double step_power = 0, rate_power = 2;

  auto chain() const {
    const ScaleByRms second{.decay = beta2, .epsilon = epsilon, .bias_correction = true};
    const ScaleByAdam both{.beta1 = inner_momentum, .beta2 = beta2, .epsilon = epsilon};
    return Negate{maximize} | either(is_always_zero(inner_momentum), second, both) |
           AddDecayedWeights{weight_decay} | ScheduleFree{learning_rate, beta1, step_power, rate_power};
  }

  void check(const Check& check) const {
    check("beta1", beta1, Interval{.low = 0, .high = 1});
    check("beta2", beta2, legal::decay_rate);
    check("inner_momentum", inner_momentum, legal::decay_rate);
  }

  /// Keras: every step counts the same.
  static ScheduleFreeAdamW like_keras() { return {.rate_power = 0}; }
};

}  // namespace descent
