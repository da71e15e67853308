// SPDX-License-Identifier: MIT
#include <descent/descent.hpp>

#include <Eigen/Core>

// One step of Adam moves every parameter by the learning rate.
int main() {
  Eigen::VectorXd parameters = Eigen::VectorXd::Ones(3);
  const Eigen::VectorXd gradient = parameters;
  descent::Optimizer optimizer(parameters, descent::Adam{.learning_rate = 0.25});
  optimizer.step(parameters, gradient);
  return parameters.isApproxToConstant(0.75, 1e-6) ? 0 : 1;
}
