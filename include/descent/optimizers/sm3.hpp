// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/matrix/scale_by_sm3.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adagrad with the memory of a row and a column.
///
///   V = min(r_i, c_j) + g_ij^2          U = G / sqrt(V + epsilon)
///   r_i = max V along the row           c_j = max V along the column
///   B = momentum B + (1 - momentum) U   P = P - rate B
///
/// Memory: 1 value a row and 1 a column of a matrix, 1 value a parameter in vectors and with momentum;
/// scratch for the update and twice a row or column. Passes: 3. Shapes: any; a vector type is treated as in
/// Adagrad. Errors: std::invalid_argument for an option out of its range.
/// Source: Anil et al. 2019, arXiv:1901.11150, SM3-II with momentum.
/// Differs from: Optax (like_optax()) in epsilon; pytorch_optimizer, whose momentum is 0 by default.
struct Sm3 {
  Schedule learning_rate = 0.1;  ///< not negative
  Schedule momentum = 0.9;       ///< decay of the average of updates, in [0, 1); 0: off
  Schedule beta = 0.0;           ///< decay of the squares, in [0, 1]: see ScaleBySm3
  double epsilon = 1e-30;        ///< added to the denominator, not negative
  bool maximize = false;         ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} | ScaleBySm3{.beta = beta, .epsilon = epsilon} |
           either(is_always_zero(momentum), Chain<>{}, MovingAverage{.momentum = momentum}) |
           ScaleByLearningRate{learning_rate};
  }

  /// Optax: epsilon 1e-8.
  static Sm3 like_optax() { return {.epsilon = 1e-8}; }
};

}  // namespace descent
