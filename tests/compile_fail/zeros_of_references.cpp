// expect: descent: zeros_like cannot copy a structure that holds views (Map, Ref, Block) or references
// SPDX-License-Identifier: MIT
#include <descent/core/parameters.hpp>

struct Model {
#ifdef DESCENT_EXPECT_SUCCESS
  Eigen::VectorXd weights;
#else
  Eigen::VectorXd& weights;
#endif
  DESCENT_PARAMETERS(weights)
};

int main() {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(3);
  Model model{x};
  auto zeros = descent::zeros_like(model);
}
