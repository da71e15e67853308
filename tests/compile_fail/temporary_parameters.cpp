// expect: descent: the parameters are a temporary; the step would be lost with it
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(x.head(3), x);
#else
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(VectorXd(2 * x), x);
#endif
}
