// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/lookahead.hpp>

#include <string>

using namespace descent;
using Eigen::VectorXd;
using test::rule_refusal;

namespace {

const Sgd plain{.learning_rate = 1};

}  // namespace

TEST_CASE("Lookahead pulls back every few steps, from where the first step began") {
  VectorXd p = VectorXd::Constant(3, 10);
  Optimizer optimizer(p, plain | Lookahead{.every = 2, .slow_step_size = 0.25});
  const VectorXd one = VectorXd::Ones(3);
  optimizer.step(p, one);
  CHECK(p[2] == 9);
  optimizer.step(p, one);  // fast at 8
  CHECK(p[2] == 10 - 0.25 * 2);
  optimizer.step(p, one);
  optimizer.step(p, one);
  CHECK(p[2] == 9.5 - 0.25 * 2);
  CHECK(rule_refusal(Lookahead{.every = 0}) == "every is 0, must be at least 1 and finite");
  CHECK(rule_refusal(Lookahead{.slow_step_size = 1.5}) == "slow_step_size is 1.5, must be in [0, 1]");
}

TEST_CASE("Lookahead gives its slow parameters as the point of evaluation") {
  Eigen::VectorXd p = Eigen::VectorXd::Constant(3, 4);
  const Eigen::VectorXd gradient = Eigen::VectorXd::Ones(3);
  descent::Optimizer optimizer(p, descent::Sgd{.learning_rate = 1} | descent::Lookahead{.every = 3});
  CHECK(optimizer.evaluation_point(p) == p);
  for (int step = 0; step < 2; ++step) optimizer.step(p, gradient);
  CHECK(p == Eigen::VectorXd::Constant(3, 2));
  CHECK(optimizer.evaluation_point(p) == Eigen::VectorXd::Constant(3, 4));
  optimizer.step(p, gradient);  // from 4 half way to 1
  CHECK(p == Eigen::VectorXd::Constant(3, 2.5));
  CHECK(optimizer.evaluation_point(p) == p);
}
