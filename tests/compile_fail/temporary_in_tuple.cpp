// expect: descent: the parameters are a temporary; the step would be lost with it
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(std::tie(x), Sgd{});
  optimizer.step(std::tie(x), std::tie(x));
#else
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(std::make_tuple(x), Sgd{});
  optimizer.step(std::make_tuple(x), std::tie(x));
#endif
}
