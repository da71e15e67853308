// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/whole_step/schedule_free.hpp>

namespace descent {

/// Gradient descent with an average in the place of momentum and of a falling schedule.
///
///   z = z - rate (g + weight_decay y),   x the weighted average of all z
///   y = momentum x + (1 - momentum) z
///
/// The parameters are y, where gradients are taken; evaluate the model at x,
/// `optimizer.evaluation_point(parameters)`.
/// Options: learning_rate >= 0, a schedule (1; warm up, but let it not fall); momentum in (0, 1) (0.9);
/// weight_decay >= 0, a schedule (0), at y; maximize (false): climb; step_power >= 0 (0), rate_power >= 0
/// (2): step t counts with t^step_power max(rate)^rate_power in the average.
/// The rate has to be chosen, and warmed up: of 42 trainings of small models (benchmarks/advice/parameter_free.cpp) at the
/// rate of 1, 3 diverge without and none with a warm-up of 60 steps; a cosine makes it worse.
/// Memory: 1 value a parameter. Passes: 1. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Defazio et al. 2024, arXiv:2405.15682. The authors' package and Optax as here; their warm-up
/// is warmup(n) >> rate.
struct ScheduleFreeSgd {
  Schedule learning_rate = 1.0;
  double momentum = 0.9;
  Schedule weight_decay = 0.0;
  bool maximize = false;
  double step_power = 0, rate_power = 2;

  auto chain() const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           ScheduleFree{learning_rate, momentum, step_power, rate_power};
  }
};

}  // namespace descent
