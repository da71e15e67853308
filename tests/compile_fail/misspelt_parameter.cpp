// expect: wieghts
// lines: 50
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

struct Model {
  VectorXd weights;
#ifdef DESCENT_EXPECT_SUCCESS
  DESCENT_PARAMETERS(weights)
#else
  DESCENT_PARAMETERS(wieghts)
#endif
};

int main() {
  Model model{VectorXd::Ones(3)};
  auto gradient = zeros_like(model);
  Optimizer optimizer(model, Sgd{});
  optimizer.step(model, gradient);
}
