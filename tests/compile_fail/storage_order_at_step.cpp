// expect: descent: the parameters have a different storage order from those the optimizer was made with
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

void step(Eigen::MatrixXd& by_columns, Eigen::Matrix<double, -1, -1, Eigen::RowMajor>& by_rows) {
  descent::Optimizer optimizer(by_columns, descent::Sgd{.momentum = 0.9});
#ifdef DESCENT_EXPECT_SUCCESS
  optimizer.step(by_columns, by_rows);  // the gradient's order is free
#else
  optimizer.step(by_rows, by_columns);
#endif
}
