// expect: descent: a rule that measures the whole tree (ClipByGlobalNorm) must come before a rule of whole matrices (Muon)
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  MatrixXd w = MatrixXd::Ones(3, 3);
  Optimizer optimizer(w, ClipByGlobalNorm{1.0} | Muon{});
#else
  MatrixXd w = MatrixXd::Ones(3, 3);
  Optimizer optimizer(w, Muon{} | ClipByGlobalNorm{1.0});
#endif
}
