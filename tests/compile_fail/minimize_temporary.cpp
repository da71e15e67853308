// expect: descent: the parameters are a temporary; the step would be lost with it
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>

double f(const Eigen::VectorXd&, Eigen::VectorXd&);

#ifdef DESCENT_EXPECT_SUCCESS
void g() {
  Eigen::VectorXd x(3);
  descent::minimize(f, x, descent::Sgd{});
}
#else
void g() { descent::minimize(f, Eigen::VectorXd(3), descent::Sgd{}); }
#endif
