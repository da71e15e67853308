// expect: descent: Lbfgs evaluates the objective itself; call step(parameters, objective)
// SPDX-License-Identifier: MIT
#include <descent/optimizers/lbfgs.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/partition.hpp>

using Eigen::VectorXd;
using namespace descent;

double objective(const VectorXd&, VectorXd&);

int main() {
  VectorXd x = VectorXd::Ones(3);
#ifdef DESCENT_EXPECT_SUCCESS
  Optimizer optimizer(x, Lbfgs{});
  optimizer.step(x, objective);
#else
  Optimizer optimizer(x, Lbfgs{});
  optimizer.step(x, x);
#endif
}
