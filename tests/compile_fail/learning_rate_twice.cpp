// expect: descent: this chain multiplies by the learning rate twice
// SPDX-License-Identifier: MIT
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>

int main() {
  Eigen::VectorXd p = Eigen::VectorXd::Ones(3);
  const Eigen::VectorXd gradient = p;
#ifdef DESCENT_EXPECT_SUCCESS
  descent::Optimizer optimizer(p, descent::ScaleByAdam{} | descent::Adam{});
#else
  descent::Optimizer optimizer(p, descent::Adam{} | descent::Adam{});
#endif
  optimizer.step(p, gradient);
}
