// expect: descent: the parameters are a temporary; the step would be lost with it
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

struct Model {
  Eigen::VectorXd weights;
  DESCENT_PARAMETERS(weights)
};

int main() {
  Model model{Eigen::VectorXd::Ones(3)};
  descent::Optimizer optimizer(model, descent::Sgd{});
#ifdef DESCENT_EXPECT_SUCCESS
  optimizer.step(model, model);
#else
  optimizer.step(Model(model), model);
#endif
}
