// SPDX-License-Identifier: MIT
#include <descent/io/parameters.hpp>

#include "support/catch.hpp"

namespace {
struct Layer {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)
};
}
TEST_CASE("parameters come back") {
  Layer a{Eigen::MatrixXd::Random(13, 27), Eigen::VectorXd::Random(5)};
  Layer b = descent::zeros_like(a);
  descent::save_parameters("/tmp/io_a.safetensors", a);
  descent::load_parameters("/tmp/io_a.safetensors", b);
  CHECK(a.weights == b.weights);
  CHECK(a.bias == b.bias);
}
