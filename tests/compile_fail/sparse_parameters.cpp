// expect: descent: a parameter block is an expression or a read-only view
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

#include <Eigen/SparseCore>

#ifdef DESCENT_EXPECT_SUCCESS
using Table = Eigen::MatrixXd;
#else
using Table = Eigen::SparseMatrix<double>;
#endif

void make(Table& parameters) { descent::Optimizer optimizer(parameters, descent::Sgd{}); }
