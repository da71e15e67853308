// expect: descent: this rule has no learning rate
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

using Eigen::MatrixXd, Eigen::VectorXd;
using namespace descent;

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, ClipByGlobalNorm{} | Sgd{});
  return optimizer.learning_rate() > 0 ? 0 : 1;
#else
  VectorXd x = VectorXd::Ones(3);
  Optimizer optimizer(x, ClipByGlobalNorm{});
  return optimizer.learning_rate() > 0 ? 0 : 1;
#endif
}
