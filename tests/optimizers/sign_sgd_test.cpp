// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/sign_sgd.hpp>
#include <descent/optimizers/signum.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::after_factors;
using test::check_every_form_of_decay;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::rule_refusal;
using test::signs;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("signs: every step has the size of the rate, and nothing moves without slope") {
  CHECK((after(SignSgd{}, slope, 3) - start).isApprox(-3e-3 * signs, 1e-11));
  CHECK((after(Signum{}, slope, 3) - start).isApprox(-3e-3 * signs, 1e-11));
  CHECK(after(SignSgd{}, VectorXd::Zero(9)) == start);
  CHECK(after(Signum{}, VectorXd::Zero(9)) == start);
  // Momentum outlasts one step against it.
  CHECK((after_factors(Signum{}, {1, -0.5}) - start).isApprox(-2e-3 * signs, 1e-11));
  CHECK(slots_of(SignSgd{}) == "");
  CHECK(slots_of(Signum{}) == "momentum_buffer ");
}

TEST_CASE("options of SignSgd and Signum") {
  check_rate<SignSgd>();
  check_every_form_of_decay<SignSgd>();
  check_rate<Signum>();
  check_every_form_of_decay<Signum>();
  CHECK(rule_refusal(Signum{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
}
