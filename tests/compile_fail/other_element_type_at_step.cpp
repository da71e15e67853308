// expect: descent: the parameters have other element types or sizes than those the optimizer was made with
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(x, x);
#else
  VectorXd x = VectorXd::Ones(3);
  Eigen::VectorXf y = Eigen::VectorXf::Ones(3);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(y, y);
#endif
}
