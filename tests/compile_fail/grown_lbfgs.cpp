// expect: descent: an optimizer of Lbfgs cannot grow: it remembers whole steps; make a new one
// SPDX-License-Identifier: MIT
#include <descent/core/growth.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/optimizers/sgd.hpp>

using Tree = std::vector<Eigen::VectorXd>;

#ifdef DESCENT_EXPECT_SUCCESS
using Rule = descent::Sgd;
#else
using Rule = descent::Lbfgs;
#endif

void grow(Tree& bigger, const descent::Optimizer<Tree, Rule>& optimizer) {
  descent::Optimizer grown(bigger, optimizer);
}
