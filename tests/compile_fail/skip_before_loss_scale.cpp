// expect: descent: DynamicLossScale must come before a rule that skips steps (SkipNonFinite), or its scale would never fall
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

using namespace descent;

int main() {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(3);
#ifdef DESCENT_EXPECT_SUCCESS
  Optimizer optimizer(x, DynamicLossScale{} | SkipNonFinite{} | Sgd{});
#else
  Optimizer optimizer(x, SkipNonFinite{} | DynamicLossScale{} | Sgd{});
#endif
}
