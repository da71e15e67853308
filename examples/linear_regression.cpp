// SPDX-License-Identifier: MIT
// Recovers a linear law, y = W x + b, from 200 noisy observations of it.
#include <descent/descent.hpp>

#include <Eigen/Dense>

#include <iostream>

struct Linear {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)  // what an optimizer may change
};

int main() {
  const Linear law{{{2.0, -1.0, 0.5}, {0.0, 3.0, -2.5}}, {{4.0, -1.5}}};
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(3, 200);
  const Eigen::MatrixXd y = (law.weights * x).colwise() + law.bias + 0.05 * Eigen::MatrixXd::Random(2, 200);

  Linear model = descent::zeros_like(law), gradient = model;
  descent::Optimizer optimizer(
      model, descent::AdamW{.learning_rate = descent::warmup(20) >>
                                             descent::CosineDecay{.initial = 0.1, .steps = 480},
                            .weight_decay = 0});

  for (int step = 0; step < 500; ++step) {
    const Eigen::MatrixXd error = ((model.weights * x).colwise() + model.bias) - y;
    gradient.weights = error * x.transpose() / 200;
    gradient.bias = error.rowwise().mean();
    if (step % 100 == 0) std::cout << "step " << step << ": mean square error " << error.squaredNorm() / 200 << "\n";
    optimizer.step(model, gradient);
  }

  std::cout << "\nfound W =\n" << model.weights << "\nand b = " << model.bias.transpose() << "\n";
  const bool found = model.weights.isApprox(law.weights, 0.02) && model.bias.isApprox(law.bias, 0.02);
  return found ? 0 : 1;
}
