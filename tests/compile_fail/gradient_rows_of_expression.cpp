// expect: descent: the values of gradient_rows are an expression; write them into a matrix first
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

#include <vector>

void step(Eigen::MatrixXd& table, const std::vector<Eigen::Index>& rows, const Eigen::MatrixXd& values) {
  descent::Optimizer optimizer(table, descent::Sgd{});
#ifdef DESCENT_EXPECT_SUCCESS
  const Eigen::MatrixXd doubled = 2 * values;
#else
  const auto doubled = 2 * values;
#endif
  optimizer.step(table, descent::gradient_rows(rows, doubled));
}
