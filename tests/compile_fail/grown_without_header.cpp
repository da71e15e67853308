// expect: descent: an optimizer for a tree that has grown needs #include <descent/core/growth.hpp>
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#ifdef DESCENT_EXPECT_SUCCESS
#include <descent/core/growth.hpp>
#endif

using Tree = std::vector<Eigen::VectorXd>;

void grow(Tree& bigger, const descent::Optimizer<Tree, descent::Sgd>& optimizer) {
  descent::Optimizer grown(bigger, optimizer);
}
