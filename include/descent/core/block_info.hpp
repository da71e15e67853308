// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <string>

namespace descent {

/// A block of the parameter tree, as a selector receives it.
struct BlockInfo {
  /// "layer1.weights"; names come from DESCENT_PARAMETERS or `named`, else indices.
  std::string path;
  Eigen::Index rows = 0, columns = 0;
  /// Position in the tree's order, from 0.
  std::size_t index = 0;
  /// Whether the block's type is a vector (VectorXd, RowVectorXf, Array3d, ...).
  bool is_vector = false;

  bool is_matrix() const { return !is_vector; }
};

/// The learning rate of a block: an entry of `optimizer.learning_rates()`.
struct BlockLearningRate {
  std::string path;
  double rate = 0;
};

}  // namespace descent
