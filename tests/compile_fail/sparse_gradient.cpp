// expect: descent: this rule needs whole gradients
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/muon.hpp>

#include <Eigen/SparseCore>

void step(Eigen::MatrixXd& parameters, const Eigen::SparseMatrix<double>& gradient) {
  descent::Optimizer optimizer(parameters, descent::Muon{});
#ifdef DESCENT_EXPECT_SUCCESS
  optimizer.step(parameters, Eigen::MatrixXd(gradient));
#else
  optimizer.step(parameters, gradient);
#endif
}
