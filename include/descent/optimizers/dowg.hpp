// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/whole_step/scale_by_dowg.hpp>

namespace descent {

/// Gradient descent whose rate is the squared distance from the start, divided by the gradients weighted by
/// it.
///
///   g = g + weight_decay p
///   r2 = max over the steps of |p - p_0|^2,   at least initial_squared_distance
///   G = G + r2 |g|^2,   p = p - rate r2 / (sqrt(G) + epsilon) g,   norms over the tree
///
/// The rate never falls without a schedule, which is bad for networks: let learning_rate fall to 0. Of 42
/// trainings of small models (benchmarks/advice/parameter_free.cpp), 7 end above 10 times the loss of a tuned
/// AdamW, with a cosine 3.
/// Memory: 1 value a parameter. Passes: 2. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Khaled, Mishchenko & Jin 2023, arXiv:2305.16284. Optax as here.
struct DoWG {
  Schedule learning_rate = 1.0;            ///< multiple of the rate that is found, not negative
  double initial_squared_distance = 1e-4;  ///< smallest r2, greater than 0
  Schedule weight_decay = 0.0;             ///< added to the gradient, not negative
  bool maximize = false;                   ///< steps uphill, to maximize the objective
  double epsilon = 1e-4;                   ///< added to the denominator, not negative

  auto chain(auto...) const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           ScaleByDoWG{.initial_squared_distance = initial_squared_distance, .epsilon = epsilon} |
           ScaleByLearningRate{learning_rate};
  }
};

}  // namespace descent
