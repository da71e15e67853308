// expect: descent: the parameters are constant; a step changes them in place
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
  const VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(x, x);
#endif
}
