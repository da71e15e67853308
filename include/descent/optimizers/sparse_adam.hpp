// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/core/memory/sparse_runs.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// Adam for gradients of which only some elements are there, such as those of a table of embeddings.
///
///   for the elements that have a gradient, at step t of the optimizer:
///   m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
///   p = p - rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
///
/// Elements without a gradient rest: their moments do not decay. That is so for every element-wise rule that
/// is given a sparse gradient (an Eigen::SparseMatrix, or gradient_rows(rows, values)) and does not remember where
/// parameters started; this one differs from
/// Adam in where epsilon stands, and takes dense gradients as well.
/// Options: learning_rate >= 0, a schedule (1e-3); beta1 (0.9) and beta2 (0.999) in [0, 1), schedules;
/// epsilon >= 0 (1e-8); maximize (false): climb.
/// Memory: 2 values a parameter. Passes: 1, over the elements that are there. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range, and for rows that do not ascend or do not fit.
/// Source: Kingma & Ba 2015, arXiv:1412.6980, in the lazy form of PyTorch's SparseAdam.
/// Differs from: PyTorch, which sums rows that are listed more than once: sum them first, as
/// SparseMatrix::setFromTriplets does.
struct SparseAdam {
  Schedule learning_rate = 1e-3;
  Schedule beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} |
           ScaleByAdam{
               .beta1 = beta1, .beta2 = beta2, .epsilon = epsilon, .epsilon_before_correction = true} |
           ScaleByLearningRate{learning_rate};
  }
};

}  // namespace descent
