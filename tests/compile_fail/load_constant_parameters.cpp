// expect: descent: the parameters are constant; loading changes them in place
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/io/checkpoint.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
#else
  const VectorXd x = VectorXd::Ones(3);
#endif
  Optimizer optimizer(x, Sgd{});
  load_checkpoint("a", optimizer, x);
}
