// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>

#include <Eigen/Core>

namespace test {

/// A layer of 3 inputs and 2 outputs.
struct Layer {
  Eigen::MatrixXd weights = Eigen::MatrixXd::Ones(2, 3);
  Eigen::VectorXd bias = Eigen::VectorXd::Ones(2);
  DESCENT_PARAMETERS(weights, bias)
};

}  // namespace test
