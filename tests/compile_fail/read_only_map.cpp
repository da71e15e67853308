// expect: descent: a parameter block is an expression or a read-only view
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Eigen::Map<VectorXd> map(x.data(), 3);
  Optimizer optimizer(map, Sgd{});
#else
  VectorXd x = VectorXd::Ones(3);
  Eigen::Map<const VectorXd> map(x.data(), 3);
  Optimizer optimizer(map, Sgd{});
#endif
}
