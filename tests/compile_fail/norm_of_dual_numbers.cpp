// expect: descent: a rule that measures norms works on float, double and long double only
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

#include <unsupported/Eigen/AutoDiff>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

using Dual = Eigen::AutoDiffScalar<Eigen::Vector2d>;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  Eigen::Matrix<Dual, 3, 1> x;
  Optimizer optimizer(x, Sgd{});
  optimizer.step(x, x);
#else
  Eigen::Matrix<Dual, 3, 1> x;
  Optimizer optimizer(x, ClipByGlobalNorm{} | Sgd{});
  optimizer.step(x, x);
#endif
}
