// expect: descent: not a tree of parameter blocks
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

#include <Eigen/SparseCore>

void step(Eigen::MatrixXd& parameters, const Eigen::SparseMatrix<double>& gradient) {
  descent::Optimizer optimizer(parameters, descent::Sgd{});
#ifdef DESCENT_EXPECT_SUCCESS
  optimizer.step(parameters, Eigen::MatrixXd(gradient));
#else
  optimizer.step(parameters, gradient);
#endif
}
