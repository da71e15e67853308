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

/// PSGD with Kronecker factors: momentum, whitened by a preconditioner that is fitted during training.
///
///   M = momentum M + (1 - momentum) G
///   U = Q1^T Q1 (M / (1 - momentum^t)) Q2^T Q2            Q1, Q2: see ScaleByKron
///   U = U min(1, max_rms / rms(U))
///   P = P - rate (U + weight_decay P)
///
/// Memory: 1 value a parameter, and r^2 + c^2 for r rows and c columns; scratch for 4 blocks and 2 r^2 + 2
/// c^2. Passes: 3, and 4 to 10 matrix products. Shapes: any; a vector type has a diagonal.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Li 2018, arXiv:1512.04202; Li 2022, arXiv:2211.04422; Pooladzandi & Li 2024, arXiv:2402.04553.
/// Differs from: kron_torch in its random numbers; and in its decay, which excludes vectors (for that use
/// masked()).
struct Kron {
  Schedule learning_rate = 1e-3;                       ///< not negative
  Schedule momentum = 0.9;                             ///< decay of the average of gradients, in [0, 1)
  Schedule weight_decay = 0.0;                         ///< strength of weight decay, not negative
  Schedule preconditioner_rate = 0.1;                  ///< learning rate of the preconditioner, in [0, 1)
  Schedule fitted_share = ScaleByKron{}.fitted_share;  ///< share of the steps that fit the preconditioner,
                                                       ///< in (0, 1]; 1 for 500 steps, then falls to 0.03
  Eigen::Index max_side = 8192;                        ///< longer sides have a diagonal factor; at least 1
  double initial_scale = 1;  ///< scale of the factors before the first step, greater than 0
  double max_rms = 1.1;      ///< largest rms of the update, greater than 0
  std::uint64_t seed = 0;    ///< of the noise to which the gradient is compared
  bool maximize = false;     ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | MovingAverage{.momentum = momentum, .bias_correction = true} |
           ScaleByKron{.preconditioner_rate = preconditioner_rate,
                       .fitted_share = fitted_share,
                       .max_side = max_side,
                       .initial_scale = initial_scale,
                       .seed = seed} |
           ClipByBlockRms{max_rms} | AddDecayedWeights{weight_decay} | ScaleByLearningRate{learning_rate};
  }
};

}  // namespace descent
