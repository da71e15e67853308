// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/matrix/orthogonalize.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Replaces the momentum matrix by the nearest orthonormal one, so that all directions learn at the same
/// rate.
///
///   b = momentum b + (1 - momentum) G          U = momentum b + (1 - momentum) G   (nesterov)
///   P = P - rate (scale orthogonalize(U) + weight_decay P)
///
/// For the matrices inside a network; use a different rule for vectors, embeddings and the last layer:
///   partition(matrices, Muon{.learning_rate = 0.02}, AdamW{.learning_rate = 1e-3})
///
/// Memory: 1 value a parameter, and scratch of 2 more and 2 squares of the smaller side. Passes: 2, and 3
/// matrix products for each step of the iteration. Shapes: matrices; a vector block does not compile; if a
/// selector chose it, it is rejected.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Jordan et al. 2024, "Muon"; Liu et al. 2025, arXiv:2502.16982 (match_rms_adamw).
/// Differs from: PyTorch and Jordan's own, which iterate in bfloat16; Optax (like_optax()) and Jordan's
/// (like_jordan()) in details of scale and momentum.
struct Muon {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule momentum = 0.95;       ///< decay of the average of gradients, in [0, 1)
  Schedule weight_decay = 0.1;    ///< strength of weight decay, not negative
  bool nesterov = true;           ///< Nesterov momentum
  int steps = 5;                  ///< iterations of Newton and Schulz, at least 1
  /// Triples (a, b, c), one per iteration; the last one is repeated. Finite. See Orthogonalize.
  std::vector<std::array<double, 3>> coefficients = {{3.4445, -4.775, 2.0315}};
  double epsilon = 1e-7;                  ///< smallest norm, not negative: see Orthogonalize
  MuonScale scale = MuonScale::original;  ///< how steps depend on the shape
  double rms_factor = 0.2;                ///< for match_rms_adamw, greater than 0
  bool bias_correction = false;           ///< divides the momentum by 1 - momentum^t
  bool add_epsilon = false;               ///< adds epsilon to the norm instead
  double safety_factor = 1;               ///< factor on the norm, at least 1

  auto chain(auto...) const {
    return MovingAverage{.momentum = momentum, .nesterov = nesterov, .bias_correction = bias_correction} |
           Orthogonalize{.steps = steps,
                         .coefficients = coefficients,
                         .epsilon = epsilon,
                         .add_epsilon = add_epsilon,
                         .safety_factor = safety_factor,
                         .scale = scale,
                         .rms_factor = rms_factor} |
           AddDecayedWeights{weight_decay} | ScaleByLearningRate{learning_rate};
  }

  /// Jordan's own: rate 0.02, no decay, epsilon added to the norm.
  static Muon like_jordan() { return {.learning_rate = 0.02, .weight_decay = 0.0, .add_epsilon = true}; }
  /// Optax: corrected momentum, no decay, for weights whose columns are the outputs.
  static Muon like_optax() {
    return {.weight_decay = 0.0,
            .epsilon = 1e-8,
            .scale = MuonScale::original_for_output_columns,
            .bias_correction = true,
            .add_epsilon = true};
  }
};

}  // namespace descent
