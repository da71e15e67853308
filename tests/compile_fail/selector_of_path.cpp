// expect: descent: the selector of partition() takes a const BlockInfo& and returns the number of a rule
// lines: 15
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/partition.hpp>

#include <string>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
  VectorXd x = VectorXd::Ones(3);
#ifdef DESCENT_EXPECT_SUCCESS
  Optimizer optimizer(x, partition([](const BlockInfo&) { return 0; }, Sgd{}));
#else
  Optimizer optimizer(x, partition([](const std::string&) { return 0; }, Sgd{}, Sgd{}));
#endif
  optimizer.step(x, x);
}
