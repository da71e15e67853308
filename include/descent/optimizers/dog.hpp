// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/whole_step/scale_by_dog.hpp>

namespace descent {

/// Gradient descent whose rate is the distance from the start, divided by the root of the sum of squared
/// gradients.
///
///   g = g + weight_decay p
///   r = max over the steps of |p - p_0|,   at least initial (1 + |p_0|)
///   G = sum over the steps of |g|^2,   p = p - rate r / sqrt(G + epsilon) g,   norms over the tree
///
/// Keep learning_rate constant, since the rate falls without a schedule: of 42 trainings of small models
/// (benchmarks/advice/parameter_free.cpp), 3 end above 10 times the loss of a tuned AdamW, with a cosine 15.
/// Memory: 1 value a parameter. Passes: 2. Shapes: any. The authors recommend evaluating an average of the
/// parameters.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ivgi, Hinder & Carmon 2023, arXiv:2302.12022. Optax as here.
struct DoG {
  Schedule learning_rate = 1.0;          ///< multiple of the rate that is found, not negative
  double initial = 1e-6;                 ///< sets the first distance, greater than 0; 1e-4 for models with
                                         ///< batch normalization
  DoGStart start = DoGStart::heuristic;  ///< how `initial` is used: see DoGStart
  Schedule weight_decay = 0.0;           ///< added to the gradient, not negative
  bool maximize = false;                 ///< steps uphill, to maximize the objective
  bool layerwise = false;                ///< distances and gradients per block (L-DoG)
  double epsilon = 1e-8;                 ///< added to the sum of squares, not negative

  auto chain(auto...) const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           either(layerwise, ScaleByLayerwiseDoG{.initial = initial, .start = start, .epsilon = epsilon},
                  ScaleByDoG{.initial = initial, .start = start, .epsilon = epsilon}) |
           ScaleByLearningRate{learning_rate};
  }
};

}  // namespace descent
