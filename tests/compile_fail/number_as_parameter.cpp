// expect: descent: not a tree of parameter blocks
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  Eigen::Matrix<double, 1, 1> x(1.0);
  Optimizer optimizer(x, Sgd{});
#else
  double x = 1;
  Optimizer optimizer(x, Sgd{});
#endif
}
