// expect: descent: a block of the gradient has a different fixed size from its parameter block
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  Eigen::Vector3d x(1, 2, 3), gradient(1, 2, 3);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(x, gradient);
#else
  Eigen::Vector3d x(1, 2, 3);
  const Eigen::Vector2d gradient(1, 2);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(x, gradient);
#endif
}
