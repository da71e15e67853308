// expect: descent: a rule that compares the update with the gradient must come before a rule of whole matrices
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/transforms/momentum/cautious.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  MatrixXd w = MatrixXd::Ones(3, 3);
  Optimizer optimizer(w, Cautious{} | Muon{});
#else
  MatrixXd w = MatrixXd::Ones(3, 3);
  Optimizer optimizer(w, Muon{} | Cautious{});
#endif
}
