// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/clip/clip_by_block_rms.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/matrix/scale_by_kron.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

#include <cstdint>
#include <limits>

namespace descent {

/// PSGD with Kronecker factors: momentum, whitened by a preconditioner that is fitted on the way.
///
///   M = momentum M + (1 - momentum) G
///   U = Q1^T Q1 (M / (1 - momentum^t)) Q2^T Q2            Q1, Q2: see ScaleByKron
///   U = U min(1, max_rms / rms(U))
///   P = P - rate (U + weight_decay P)
///
/// Options: learning_rate >= 0, a schedule (1e-3); momentum in [0, 1), a schedule (0.9); weight_decay >= 0, a
/// schedule (0); preconditioner_rate in [0, 1), a schedule (0.1); fitted_share in (0, 1], a schedule (1 for 500
/// steps, then falling to 0.03): the share of the steps at which the preconditioner is fitted; largest_side >= 1
/// (8192): longer sides have a diagonal; initial_scale > 0 (1) of the factors; max_rms > 0
/// (1.1); seed (0) of the noise to which the gradient is compared; maximize (false): climb.
/// Memory: 1 value a parameter, and r^2 + c^2 for r rows and c columns; as much as 4 blocks and 2 r^2 + 2 c^2 for
/// scratch. Passes: 3, and 4 to 10 matrix products. Shapes: any; a vector by its type has a diagonal.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Li 2018, arXiv:1512.04202; Li 2022, arXiv:2211.04422; Pooladzandi & Li 2024, arXiv:2402.04553.
/// Differs from: kron_torch in its random numbers; its decay leaves out vectors (mask it: see masked()).
struct Kron {
  Schedule learning_rate = 1e-3;
  Schedule momentum = 0.9;
  Schedule weight_decay = 0.0;
  Schedule preconditioner_rate = 0.1;
  Schedule fitted_share = ScaleByKron{}.fitted_share;
  Eigen::Index largest_side = 8192;
  double initial_scale = 1;
  double max_rms = 1.1;
  std::uint64_t seed = 0;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | MovingAverage{.momentum = momentum, .bias_correction = true} |
           ScaleByKron{preconditioner_rate, fitted_share, largest_side, initial_scale, seed} |
           ClipByBlockRms{max_rms} | AddDecayedWeights{weight_decay} | ScaleByLearningRate{learning_rate};
  }
};

}  // namespace descent
