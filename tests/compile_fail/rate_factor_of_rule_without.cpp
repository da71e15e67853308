// expect: descent: this rule has no learning rate
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

using Eigen::VectorXd;
using namespace descent;

int main() {
  VectorXd x = VectorXd::Ones(3);
#ifdef DESCENT_EXPECT_SUCCESS
  Optimizer optimizer(x, ClipByGlobalNorm{} | Sgd{});
#else
  Optimizer optimizer(x, ClipByGlobalNorm{});
#endif
  optimizer.set_learning_rate_factor(0.5);
}
