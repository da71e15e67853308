// expect: descent: not a tree of parameter blocks
// lines: 25
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

struct Model {
  VectorXd weights;
#ifdef DESCENT_EXPECT_SUCCESS
  DESCENT_PARAMETERS(weights)
#endif
};

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  Model model{VectorXd::Ones(3)};
  Optimizer optimizer(model, Sgd{});
#else
  Model model{VectorXd::Ones(3)};
  Optimizer optimizer(model, Sgd{});
#endif
}
