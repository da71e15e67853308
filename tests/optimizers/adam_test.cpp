// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::check_betas;
using test::check_decay;
using test::check_epsilon;
using test::check_epsilon_root;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::rule_refusal;
using test::signs;
using test::slope;
using test::start;

TEST_CASE("after many steps a constant gradient gives constant steps") {
  VectorXd p = start;
  Optimizer optimizer(p, Adam{.learning_rate = 0.01, .beta2 = 0.99, .epsilon = 0});
  for (int k = 0; k < 6000; ++k) optimizer.step(p, slope);  // the powers of the betas are 0 now
  const VectorXd before = p;
  optimizer.step(p, slope);
  CHECK((before - p).isApprox(0.01 * signs, 1e-9));
}

TEST_CASE("options of Adam") {
  check_rate<Adam>();
  check_decay<Adam>();
  check_betas<Adam>();
  check_epsilon<Adam>();
  check_epsilon_root<Adam>();
  CHECK(rule_refusal(Adam{.beta1 = 1, .amsgrad = true}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Adam::like_keras()) == "");
}
