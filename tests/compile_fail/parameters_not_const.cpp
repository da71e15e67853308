// expect: descent: parameters() of this structure needs a const version as well
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

struct Model {
  VectorXd weights;
  auto parameters() { return std::tie(weights); }
#ifdef DESCENT_EXPECT_SUCCESS
  auto parameters() const { return std::tie(weights); }
#endif
};

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  Model model{VectorXd::Ones(3)};
  Optimizer optimizer(model, Sgd{});
  optimizer.step(model, model);
#else
  Model model{VectorXd::Ones(3)};
  Optimizer optimizer(model, Sgd{});
  optimizer.step(model, model);
#endif
}
