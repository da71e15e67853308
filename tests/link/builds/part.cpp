// SPDX-License-Identifier: MIT
// One file of a program whose files are compiled for different machines; TRAIN is the name of its function.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>

#include <Eigen/Core>

double TRAIN();

/// The sum of the parameters after 20 steps.
double TRAIN() {
  Eigen::VectorXf parameters(1001), gradient(1001);
  for (int k = 0; k < 1001; ++k) parameters[k] = static_cast<float>(k) / 1001;
  descent::Optimizer optimizer(parameters, descent::Adam{.learning_rate = 0.1});
  for (int step = 0; step < 20; ++step) {
    for (int k = 0; k < 1001; ++k) gradient[k] = parameters[k] - 0.25F;
    optimizer.step(parameters, gradient);
  }
  double sum = 0;
  for (int k = 0; k < 1001; ++k) sum += static_cast<double>(parameters[k]);
  return sum;
}
