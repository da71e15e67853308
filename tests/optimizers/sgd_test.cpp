// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>

#include <cstdint>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::check_decay;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::rule_refusal;
using test::slope;

TEST_CASE("Nesterov's first step looks ahead of that of plain momentum") {
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, Sgd{.learning_rate = 0.5, .momentum = 0.75, .nesterov = true});
  optimizer.step(p, VectorXd::Ones(4));  // b = 1, u = 1 + 0.75
  CHECK(p.isConstant(-0.5 * 1.75, 0));
  optimizer.step(p, VectorXd::Zero(4));  // b = 0.75
  CHECK(p.isConstant(-0.5 * (1.75 + 0.75 * 0.75), 0));
}

TEST_CASE("with a constant rate it does not matter whether the momentum holds the rate") {
  const Sgd without{.learning_rate = 0.25, .momentum = 0.5};
  Sgd with = without;
  with.rate_in_momentum = true;
  CHECK(after(with, slope, 5).isApprox(after(without, slope, 5), 1e-15));
}

TEST_CASE("options of Sgd") {
  check_rate<Sgd>();
  check_decay<Sgd>();
  CHECK(rule_refusal(Sgd{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Sgd{.momentum = -0.1}) == "momentum is -0.1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Sgd{.momentum = 0.9, .dampening = 1}) == "dampening is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Sgd{.momentum = 0.9, .dampening = 0.1}) == "");
  CHECK(rule_refusal(Sgd{.momentum = 0.9, .dampening = 0.1, .nesterov = true}) ==
        "nesterov and dampening exclude each other; set dampening to 0");
  CHECK(rule_refusal(Sgd{.nesterov = true}) == "nesterov needs a momentum greater than 0");
  CHECK(rule_refusal(Sgd{.momentum = [](std::int64_t k) { return k == 0 ? 0.0 : 0.9; }, .nesterov = true}) ==
        "");
  CHECK(rule_refusal(Sgd{.momentum = 1.5, .rate_in_momentum = true}) ==
        "momentum is 1.5" + must_be_a_decay_rate);
  CHECK(rule_refusal(Sgd::like_keras()) == "");
}
