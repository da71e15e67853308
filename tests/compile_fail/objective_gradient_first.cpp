// expect: descent: the objective takes the gradient first
// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/minimize/minimize.hpp>

using Tree = std::tuple<Eigen::VectorXd&>;
using Gradient = std::tuple<Eigen::VectorXd>;

#ifdef DESCENT_EXPECT_SUCCESS
double f(const Tree&, Gradient&);
#else
double f(Gradient&, const Tree&);
#endif
int main() {
  Eigen::VectorXd x(3);
  descent::minimize(f, std::tie(x), descent::Sgd{});
}
