// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/whole_step/scale_by_dog.hpp>

namespace descent {

/// Gradient descent whose rate is the distance gone over the root of the gradients seen.
///
///   g = g + weight_decay p
///   r = max over the steps of |p - p_0|,   at least initial (1 + |p_0|)
///   G = sum over the steps of |g|^2,   p = p - rate r / sqrt(G + epsilon) g,   norms over the tree
///
/// Options: learning_rate >= 0, a schedule (1; a multiple of the rate found); initial > 0 (1e-6; 1e-4 for
/// models with batch normalization), start (heuristic): what it means; weight_decay >= 0, a schedule (0),
/// added to the gradient; maximize (false): climb; layerwise (false): distances and gradients block by block
/// (L-DoG); epsilon >= 0 (1e-8).
/// Leave learning_rate constant: of 42 trainings of small models (benchmarks/advice/parameter_free.cpp), 3 end beyond 10
/// times the loss of a tuned AdamW, with a cosine 15, since the rate falls by itself.
/// Memory: 1 value a parameter. Passes: 2. Shapes: any. The authors advise to evaluate an average of the
/// parameters.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ivgi, Hinder & Carmon 2023, arXiv:2302.12022. Optax as here.
struct DoG {
  Schedule learning_rate = 1.0;
  double initial = 1e-6;
  DoGStart start = DoGStart::heuristic;
  Schedule weight_decay = 0.0;
  bool maximize = false;
  bool layerwise = false;
  double epsilon = 1e-8;

  auto chain() const {
    return Negate{maximize} | AddDecayedWeights{weight_decay} |
           either(layerwise, ScaleByLayerwiseDoG{initial, start, epsilon},
                  ScaleByDoG{initial, start, epsilon}) |
           ScaleByLearningRate{learning_rate};
  }
};

}  // namespace descent
