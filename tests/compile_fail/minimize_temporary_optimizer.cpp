// expect: descent: the optimizer is a temporary or constant
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>

double f(const Eigen::VectorXd&, Eigen::VectorXd&);

#ifdef DESCENT_EXPECT_SUCCESS
void g(Eigen::VectorXd& x, descent::Optimizer<Eigen::VectorXd, descent::Sgd>& o) {
  descent::minimize(f, x, o);
}
#else
void g(Eigen::VectorXd& x, const descent::Optimizer<Eigen::VectorXd, descent::Sgd>& o) {
  descent::minimize(f, x, o);
}
#endif
