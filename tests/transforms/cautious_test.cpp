// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/momentum/trace.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

using namespace descent;
using test::rule_refusal;

TEST_CASE("cautious updates drop what points against the gradient and scale up the rest") {
  Eigen::VectorXd p = Eigen::VectorXd::Zero(4);
  Optimizer optimizer(p, Trace{.momentum = 0.5} | Cautious{});
  optimizer.step(p, Eigen::Vector4d(1, 1, -1, 0));  // three of four agree
  CHECK(p.isApprox(Eigen::Vector4d(1, 1, -1, 0) * (4.0 / 3)));
  p.setZero();
  optimizer.step(p, Eigen::Vector4d(-0.25, 0.5, -1, 1));  // the first one still goes up
  CHECK(p.isApprox(Eigen::Vector4d(0, 1, -1.5, 1) * (4.0 / 3)));
  p.setZero();
  Optimizer never(p, ScaleByLearningRate{1} | Cautious{.floor = 0.25});
  never.step(p, Eigen::Vector4d(1, 1, 1, 1));
  CHECK(p.isZero(0));
}

TEST_CASE("Cautious says which option is wrong") {
  CHECK(rule_refusal(Cautious{0}) == "floor is 0, must be in (0, 1]");
  CHECK(rule_refusal(Cautious{1}) == "");
}
