// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/core/memory/sparse_runs.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam for gradients with only some of their elements, such as those of a table of embeddings.
///
///   for the elements that have a gradient, at step t of the optimizer:
///   m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
///   p = p - rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
///
/// Elements without a gradient do not change, and their moments do not decay. The same holds for every
/// element-wise rule that gets a sparse gradient (an Eigen::SparseMatrix, or gradient_rows(rows, values)) and
/// does not store initial parameters; this rule differs from Adam in the place of epsilon, and accepts dense
/// gradients, too.
/// Memory: 2 values a parameter. Passes: 1, over the elements that have a gradient. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range, and for rows that are not ascending or are
/// out of range.
/// Source: Kingma & Ba 2015, arXiv:1412.6980, in the lazy form of PyTorch's SparseAdam.
/// Differs from: PyTorch, which sums rows that are listed more than once: sum them first, for instance with
/// SparseMatrix::setFromTriplets.
struct SparseAdam {
  Schedule learning_rate = 1e-3;  ///< not negative
  Schedule beta1 = 0.9;           ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.999;         ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  bool maximize = false;          ///< steps uphill, to maximize the objective

  auto chain(auto...) const {
    return Negate{maximize} |
           ScaleByAdam{
               .beta1 = beta1, .beta2 = beta2, .epsilon = epsilon, .epsilon_before_correction = true} |
           ScaleByLearningRate{learning_rate};
  }
};

}  // namespace descent
