// SPDX-License-Identifier: MIT
#include <descent/rules.hpp>

double step_of_other() {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(1);
  descent::Optimizer optimizer(x, descent::Sgd{.learning_rate = 0.5});
  optimizer.step(x, x);
  return x[0];
}
