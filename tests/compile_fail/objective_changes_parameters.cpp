// expect: descent: the objective may change its parameters; take them as const
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
double f(const Eigen::VectorXd&, Eigen::VectorXd&);
#else
double f(Eigen::VectorXd&, Eigen::VectorXd&);
#endif
int main() {
  Eigen::VectorXd x(3);
  descent::minimize(f, x, descent::Sgd{});
}
