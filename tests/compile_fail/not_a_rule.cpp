// expect: descent: not a rule
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, Sgd{.learning_rate = 0.1});
#else
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, 0.1);
#endif
}
