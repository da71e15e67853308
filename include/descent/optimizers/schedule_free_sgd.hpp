// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/schedule_free.hpp>

namespace descent {

/// Gradient descent that replaces momentum and a falling schedule by an average of iterates.
///
///   z = z - rate (g + weight_decay y),   x the weighted average of all z
///   y = momentum x + (1 - momentum) z
///
/// The parameters are y, where gradients are taken; evaluate the model at x,
/// `optimizer.evaluation_point(parameters)`.
/// The rate must be tuned and warmed up: of 42 trainings of small models
/// (benchmarks/advice/parameter_free.cpp) at the rate of 1, 3 diverge without a warm-up and none with one of
/// 60 steps; a cosine makes it worse.
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio et al. 2024, arXiv:2405.15682. The authors' package and Optax as here; their warm-up
/// is warmup(n) >> rate.
struct ScheduleFreeSgd {
  Schedule learning_rate = 1.0;  ///< not negative; may warm up, but should not fall
  double momentum = 0.9;         ///< weight of the average x in y, in (0, 1)
  Schedule weight_decay = 0.0;   ///< strength of weight decay at y, not negative
  bool maximize = false;         ///< steps uphill, to maximize the objective
  double step_power = 0;         ///< power of t in the weight of step t in the average, not negative
  double rate_power = 2;         ///< power of the largest rate so far in that weight, not negative

  auto chain(auto...) const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           ScheduleFree{.learning_rate = learning_rate,
                        .momentum = momentum,
                        .step_power = step_power,
                        .rate_power = rate_power};
  }
};

}  // namespace descent
