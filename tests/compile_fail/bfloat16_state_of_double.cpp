// expect: descent: StateInBfloat16 keeps the state of float parameters
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>

int main() {
#ifdef DESCENT_EXPECT_SUCCESS
  Eigen::VectorXf parameters(3);
#else
  Eigen::VectorXd parameters(3);
#endif
  descent::Optimizer optimizer(parameters, descent::AdamW{}, descent::StateInBfloat16{});
}
