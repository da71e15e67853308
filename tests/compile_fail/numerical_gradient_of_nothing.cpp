// expect: descent: expected a function of the parameters alone
// SPDX-License-Identifier: MIT
#include <descent/training/problem/numerical_gradient.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
void g(const Eigen::VectorXd& x, Eigen::VectorXd& y) {
  descent::numerical_gradient([](const Eigen::VectorXd& p) { return p[0]; })(x, y);
}
#else
void g(const Eigen::VectorXd& x, Eigen::VectorXd& y) {
  descent::numerical_gradient([] { return 1.0; })(x, y);
}
#endif
