// SPDX-License-Identifier: MIT
// Recovers a linear law, y = W x + b, from 200 noisy observations of it.
#include <descent/descent.hpp>

#include <Eigen/Dense>

#include <iostream>

using Eigen::MatrixXd, Eigen::VectorXd;

struct Linear {
  MatrixXd weights;
  VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)  // what the optimizer may change
};

int main() {
  const Linear law{MatrixXd{{2.0, -1.0, 0.5}, {0.0, 3.0, -2.5}}, VectorXd{{4.0, -1.5}}};
  const MatrixXd x = MatrixXd::Random(3, 200);
  const MatrixXd y = (law.weights * x + 0.1 * MatrixXd::Random(2, 200)).colwise() + law.bias;

  Linear model = descent::zeros_like(law), gradient = model;
  descent::Optimizer optimizer(
      model, descent::Adam{.learning_rate =
                               descent::warmup(20) >> descent::CosineDecay{.initial = 0.1, .steps = 280}});

  for (int step = 0; step < 300; ++step) {
    const MatrixXd error = ((model.weights * x).colwise() + model.bias) - y;
    if (step % 50 == 0)
      std::cout << "step " << step << ": mean square error " << error.squaredNorm() / 200 << "\n";
    gradient.weights = error * x.transpose() / 200;
    gradient.bias = error.rowwise().mean();
    optimizer.step(model, gradient);
  }

  std::cout << "found W =\n" << model.weights << "\nand b = " << model.bias.transpose() << "\n";
  return model.weights.isApprox(law.weights, 0.02) && model.bias.isApprox(law.bias, 0.02) ? 0 : 1;
}
