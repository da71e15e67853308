// expect: descent: rule_state<R>(): the rule has no such part
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/lion.hpp>

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, descent::Adam{});
#ifdef DESCENT_EXPECT_SUCCESS
  return optimizer.rule_state<descent::Adam>().beta1_power > 0;
#else
  return optimizer.rule_state<descent::Lion>().beta1_power > 0;
#endif
}
