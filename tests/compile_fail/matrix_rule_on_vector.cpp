// expect: descent: a rule of whole matrices cannot work on a vector block
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/wrappers/partition.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  MatrixXd w = MatrixXd::Ones(3, 3);
  VectorXd b = VectorXd::Ones(3);
  Optimizer optimizer(std::tie(w, b), partition(matrices, Muon{}, AdamW{}));
#else
  MatrixXd w = MatrixXd::Ones(3, 3);
  VectorXd b = VectorXd::Ones(3);
  Optimizer optimizer(std::tie(w, b), Muon{});
#endif
}
