// SPDX-License-Identifier: MIT
// 1. The loop: guess, measure the error, take a step downhill, repeat. It recovers a law, y = 2 a - b + 0.5 c + 4,
// from 200 noisy observations of it.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>

#include <Eigen/Dense>

#include <cstdio>

struct Line {
  Eigen::RowVectorXd slopes = Eigen::RowVectorXd::Zero(3);
  Eigen::VectorXd offset = Eigen::VectorXd::Zero(1);
  DESCENT_PARAMETERS(slopes, offset)  // what the optimizer may change
};

int main() {
  const Eigen::RowVector3d law(2, -1, 0.5);
  const Eigen::MatrixXd inputs = Eigen::MatrixXd::Random(3, 200);  // a, b and c: one observation per column
  const Eigen::RowVectorXd noise = 0.1 * Eigen::RowVectorXd::Random(200);
  const Eigen::RowVectorXd targets = (law * inputs + noise).array() + 4;

  Line line, gradient;
  descent::Optimizer optimizer(line, descent::Adam{.learning_rate = 0.05});

  std::printf("step   mean square error\n");
  for (int step = 0; step <= 500; ++step) {
    // 1. How wrong is the line? 2. In which direction does the error grow? 3. One step the other way.
    const Eigen::RowVectorXd error = (line.slopes * inputs).array() + line.offset[0] - targets.array();
    gradient.slopes = error * inputs.transpose() / 200;
    gradient.offset[0] = error.mean();
    optimizer.step(line, gradient);
    if (step % 100 == 0) std::printf("%4d   %17.6f\n", step, error.squaredNorm() / 200);
  }

  const Eigen::RowVectorXd& found = line.slopes;
  std::printf("\nthe law   y = %5.2f a %+5.2f b %+5.2f c %+5.2f\n", law[0], law[1], law[2], 4.0);
  std::printf("found     y = %5.2f a %+5.2f b %+5.2f c %+5.2f\n", found[0], found[1], found[2],
              line.offset[0]);
  return found.isApprox(law, 0.02) && line.offset.isApproxToConstant(4, 0.02) ? 0 : 1;
}
