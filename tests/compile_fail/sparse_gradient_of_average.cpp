// expect: descent: this rule needs whole gradients
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/ema.hpp>

#include <Eigen/SparseCore>

void step(Eigen::MatrixXd& parameters, const Eigen::SparseMatrix<double>& gradient) {
#ifdef DESCENT_EXPECT_SUCCESS
  descent::Optimizer optimizer(parameters, descent::Sgd{});
#else
  descent::Optimizer optimizer(parameters, descent::Sgd{} | descent::Ema{});
#endif
  optimizer.step(parameters, gradient);
}
