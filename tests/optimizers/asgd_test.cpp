// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/asgd.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::check_decay;
using test::check_rate;
using test::infinite;
using test::must_be_non_negative;
using test::rule_refusal;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("Asgd averages its parameters") {
  VectorXd p = start, sum = VectorXd::Zero(9);
  Optimizer optimizer(p, Asgd{.learning_rate = 0.1, .lambda = 0.01, .t0 = 2});
  CHECK(optimizer.evaluation_point(p) == start);
  for (int k = 0; k < 3; ++k) {
    optimizer.step(p, slope + VectorXd::Constant(9, k));
    CHECK(optimizer.evaluation_point(p) == p);
  }
  optimizer.step(p, slope);
  CHECK(optimizer.evaluation_point(p) == p);  // k - t0 = 1
  sum = p;
  for (int n = 2; n <= 4; ++n) {
    optimizer.step(p, -n * slope);
    sum += p;
    CHECK(optimizer.evaluation_point(p).isApprox(sum / n, 1e-11));
  }
  CHECK(slots_of(Asgd{}) == "ax ");
}

TEST_CASE("options of Asgd") {
  check_rate<Asgd>();
  check_decay<Asgd>();
  CHECK(rule_refusal(Asgd{.lambda = -1}) == "lambda is -1" + must_be_non_negative);
  CHECK(rule_refusal(Asgd{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(rule_refusal(Asgd{.t0 = -1}) == "t0 is -1" + must_be_non_negative);
  CHECK(rule_refusal(Asgd{.t0 = infinite}) == "t0 is inf" + must_be_non_negative);
}
