// expect: descent: the gradient has a different element type from the parameters
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  Eigen::VectorXf x = Eigen::VectorXf::Ones(3);
  const VectorXd gradient = VectorXd::Ones(3);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(x, gradient.cast<float>());
#else
  Eigen::VectorXf x = Eigen::VectorXf::Ones(3);
  const VectorXd gradient = VectorXd::Ones(3);
  Optimizer optimizer(x, Sgd{});
  optimizer.step(x, gradient);
#endif
}
