// SPDX-License-Identifier: MIT
// all rules that the tests know
#include "support/all_rules.hpp"

void train(Eigen::MatrixXf& parameters, const Eigen::MatrixXf& gradient) {
  auto step = [&](const auto& rule) {
    descent::Optimizer optimizer(parameters, rule.make());
    optimizer.step(parameters, gradient, 1.0);
  };
  test::all_rules.apply([&](const auto&... rules) { (step(rules), ...); });
}
