// SPDX-License-Identifier: MIT
// 3. Groups: each block of a model may have its own rule. Here the first layer is frozen, weights shrink a little at
// each step (weight decay), and biases do not.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

#include <Eigen/Dense>

#include <cmath>
#include <cstdio>
#include <string>

struct Layer {
  Eigen::MatrixXd weights = Eigen::MatrixXd::Ones(2, 2);
  Eigen::VectorXd bias = Eigen::VectorXd::Ones(2);
  DESCENT_PARAMETERS(weights, bias)
};

struct Network {
  Layer first, second;
  DESCENT_PARAMETERS(first, second)
};

int main() {
  // The selector is called once for each block, and returns which of the rules is for it.
  const auto group = [](const descent::BlockInfo& block) {
    if (block.path.starts_with("first")) return 0;
    return block.is_matrix() ? 1 : 2;
  };
  Network network;
  descent::Optimizer optimizer(
      network,
      descent::partition(group, descent::Freeze{}, descent::AdamW{.learning_rate = 0.01, .weight_decay = 0.5},
                         descent::AdamW{.learning_rate = 0.01, .weight_decay = 0}));

  // With a gradient of 0 only the decay changes anything, so that it is easy to see.
  for (int step = 0; step < 100; ++step) optimizer.step(network, descent::zeros_like(network));

  const char* rules[] = {"frozen", "with decay", "without decay"};
  std::printf("block            rule            after 100 steps (all began at 1)\n");
  descent::for_each_block(
      [&](const auto& block, const std::string& path) {
        const int number = group({path, block.rows(), block.cols(), 0, block.cols() == 1});
        std::printf("%-15s  %-14s  %.4f\n", path.c_str(), rules[number], block(0));
      },
      network);

  const double shrunk = std::pow(1 - 0.01 * 0.5, 100);
  const bool right = network.second.weights.isApproxToConstant(shrunk) && network.second.bias.isOnes(0) &&
                     network.first.weights.isOnes(0) && network.first.bias.isOnes(0);
  return right ? 0 : 1;
}
