// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/madgrad.hpp>

#include <cmath>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::check_epsilon;
using test::check_every_form_of_decay;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::rule_refusal;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("MadGrad's first step, from its formula") {
  const double weight = 0.01 + 1e-6;
  const VectorXd expected =
      slope.unaryExpr([&](double g) { return -weight * g / (std::cbrt(weight * g * g) + 1e-6); });
  CHECK((after(MadGrad{.momentum = 0}, slope) - start).isApprox(expected, 1e-11));
  CHECK((after(MadGrad{}, slope) - start).isApprox(0.1 * expected, 1e-11));
  VectorXd with_zeros = slope;
  with_zeros[3] = 0;
  CHECK(after(MadGrad{.momentum = 0, .epsilon = 0}, with_zeros, 3)[3] == start[3]);
  CHECK(after(MadGrad{.epsilon = 0}, with_zeros, 3)[3] == start[3]);
  CHECK(slots_of(MadGrad{}) == "grad_sum_sq s x0 ");
  CHECK(slots_of(MadGrad{.momentum = 0}) == "grad_sum_sq s ");
}

TEST_CASE("options of MadGrad") {
  check_rate<MadGrad>();
  check_every_form_of_decay<MadGrad>();
  check_epsilon<MadGrad>();
  CHECK(rule_refusal(MadGrad{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(MadGrad{.learning_rate = -1, .momentum = 0}) ==
        "learning_rate is -1" + must_be_non_negative);
  CHECK(rule_refusal(MadGrad{.momentum = 0, .epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
}
