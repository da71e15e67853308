// expect: descent: a sparse gradient needs parameters of float or double
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sparse_adam.hpp>

#include <Eigen/SparseCore>

#ifdef DESCENT_EXPECT_SUCCESS
using Number = float;
#else
using Number = Eigen::half;
#endif

void step(Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic>& parameters,
          const Eigen::SparseMatrix<float>& gradient) {
  descent::Optimizer optimizer(parameters, descent::SparseAdam{});
  optimizer.step(parameters, gradient);
}
