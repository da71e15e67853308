// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/matrix/orthogonalize.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Momentum whose matrix is replaced by the nearest orthonormal one: all directions learn alike.
///
///   b = momentum b + (1 - momentum) G          U = momentum b + (1 - momentum) G   (nesterov)
///   P = P - rate (scale orthogonalize(U) + weight_decay P)
///
/// For the matrices inside a network; give vectors, embeddings and the last layer another rule:
///   partition(matrices, Muon{.learning_rate = 0.02}, AdamW{.learning_rate = 1e-3})
///
/// Options: learning_rate >= 0, a schedule (1e-3); momentum in [0, 1), a schedule (0.95); weight_decay
/// >= 0, a schedule (0.1); nesterov (true); steps >= 1 (5) and coefficients, of the Newton-Schulz
/// iteration; epsilon >= 0 (1e-7); scale (original): how steps depend on the shape; rms_factor > 0
/// (0.2), for match_rms_adamw; bias_correction (false) of the momentum; add_epsilon (false),
/// safety_factor >= 1 (1): see Orthogonalize.
/// Memory: 1 value a parameter, and scratch of 2 more and 2 squares of the smaller side. Passes: 2, and
/// 3 matrix products for each step of the iteration. Shapes: matrices; a vector block does not compile,
/// or is refused where a selector chose it.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Jordan et al. 2024, "Muon"; Liu et al. 2025, arXiv:2502.16982 (match_rms_adamw).
/// Differs from: PyTorch and Jordan's own, which iterate in bfloat16; Optax (like_optax()) and Jordan's
/// (like_jordan()) in details of scale and momentum.
struct Muon {
  Schedule learning_rate = 1e-3;
  Schedule momentum = 0.95;
  Schedule weight_decay = 0.1;
  bool nesterov = true;
  int steps = 5;
  std::vector<std::array<double, 3>> coefficients = {{3.4445, -4.775, 2.0315}};
  double epsilon = 1e-7;
  MuonScale scale = MuonScale::original;
  double rms_factor = 0.2;
  bool bias_correction = false;
  bool add_epsilon = false;
  double safety_factor = 1;

  auto chain() const {
    return MovingAverage{momentum, nesterov, bias_correction} |
           Orthogonalize{steps, coefficients, epsilon, add_epsilon, safety_factor, scale, rms_factor} |
           AddDecayedWeights{weight_decay} | ScaleByLearningRate{learning_rate};
  }

  /// Jordan's own: rate 0.02, no decay, epsilon added to the norm.
  static Muon like_jordan() { return {.learning_rate = 0.02, .weight_decay = 0.0, .add_epsilon = true}; }
  /// Optax: corrected momentum, no decay, weights whose columns are the outputs.
  static Muon like_optax() {
    return {.weight_decay = 0.0,
            .epsilon = 1e-8,
            .scale = MuonScale::original_for_output_columns,
            .bias_correction = true,
            .add_epsilon = true};
  }
};

}  // namespace descent
