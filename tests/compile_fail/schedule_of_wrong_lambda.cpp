// expect: descent: a schedule is a function that takes the step (std::int64_t) and returns a number
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

int main() {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(3);
#ifdef DESCENT_EXPECT_SUCCESS
  const auto rate = [](std::int64_t step) { return 0.1 / static_cast<double>(1 + step); };
#else
  const auto rate = [](std::int64_t step, double loss) { return loss / static_cast<double>(1 + step); };
#endif
  descent::Optimizer optimizer(x, descent::Sgd{.learning_rate = rate});
}
