// SPDX-License-Identifier: MIT
// one AdamW
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>

void train(Eigen::MatrixXf& parameters, const Eigen::MatrixXf& gradient) {
  descent::Optimizer optimizer(parameters, descent::AdamW{});
  optimizer.step(parameters, gradient);
}
