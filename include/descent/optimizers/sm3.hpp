// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/matrix/scale_by_sm3.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adagrad in the memory of a row and a column.
///
///   V = min(r_i, c_j) + g_ij^2          U = G / sqrt(V + epsilon)
///   r_i = max V along the row           c_j = max V along the column
///   B = momentum B + (1 - momentum) U   P = P - rate B
///
/// Options: learning_rate >= 0, a schedule (0.1); momentum in [0, 1), a schedule (0.9); beta in [0, 1], a
/// schedule (0): see ScaleBySm3; epsilon >= 0 (1e-30); maximize (false): climb.
/// Memory: 1 value a row and 1 a column of a matrix, 1 value a parameter in vectors and with momentum; the
/// update and twice a row or column for scratch. Passes: 3. Shapes: any; a vector by its type learns as by
/// Adagrad. Errors: std::invalid_argument for an option out of its range.
/// Source: Anil et al. 2019, arXiv:1901.11150, SM3-II with momentum.
/// Differs from: Optax (like_optax()) in epsilon; pytorch_optimizer, whose momentum is 0 by default.
struct Sm3 {
  Schedule learning_rate = 0.1;
  Schedule momentum = 0.9;
  Schedule beta = 0.0;
  double epsilon = 1e-30;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} | ScaleBySm3{beta, epsilon} |
           either(is_always_zero(momentum), Chain<>{}, MovingAverage{.momentum = momentum}) |
           ScaleByLearningRate{learning_rate};
  }

  /// Optax: epsilon 1e-8.
  static Sm3 like_optax() { return {.epsilon = 1e-8}; }
};

}  // namespace descent
