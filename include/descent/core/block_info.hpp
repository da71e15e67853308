// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <string>

namespace descent {

/// What a selector is told about a block.
struct BlockInfo {
  /// "layer1.weights"; names from DESCENT_PARAMETERS or `named`, else indices.
  std::string path;
  Eigen::Index rows = 0, columns = 0;
  /// The block's place in the tree's order, from 0.
  std::size_t index = 0;
  /// Whether the block is a vector by its type (VectorXd, RowVectorXf, Array3d, ...).
  bool is_vector = false;

  bool is_matrix() const { return !is_vector; }
};

/// The learning rate of a block: an entry of `optimizer.learning_rates()`.
struct BlockLearningRate {
  std::string path;
  double rate = 0;
};

}  // namespace descent
