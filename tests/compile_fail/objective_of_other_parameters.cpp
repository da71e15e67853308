// expect: descent: not an objective of these parameters
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>

#ifdef DESCENT_EXPECT_SUCCESS
double f(const Eigen::VectorXd&, Eigen::VectorXd&);
#else
double f(const std::string&, Eigen::VectorXd&);
#endif
#include <string>
int main() {
  Eigen::VectorXd x(3);
  descent::minimize(f, x, descent::Sgd{});
}
