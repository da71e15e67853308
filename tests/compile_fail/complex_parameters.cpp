// expect: descent: parameters must be real floating-point numbers, neither integers nor complex
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, Sgd{});
#else
  Eigen::VectorXcd x = Eigen::VectorXcd::Ones(3);
  Optimizer optimizer(x, Sgd{});
#endif
}
