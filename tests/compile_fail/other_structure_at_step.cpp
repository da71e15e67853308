// expect: descent: the parameters have a different structure from those the optimizer was made with
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3), y = x;
  Optimizer optimizer(std::tie(x, y), Sgd{});
  optimizer.step(std::tie(x, y), std::tie(x, y));
#else
  VectorXd x = VectorXd::Ones(3), y = x;
  Optimizer optimizer(std::tie(x, y), Sgd{});
  optimizer.step(x, x);
#endif
}
