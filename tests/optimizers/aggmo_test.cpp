// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/aggmo.hpp>

using namespace descent;
using test::after;
using test::check_every_form_of_decay;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::rule_refusal;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("AggMo has a velocity for each beta") {
  CHECK(slots_of(AggMo{}) == "momentum_buffer_0 momentum_buffer_1 momentum_buffer_2 ");
  CHECK(slots_of(AggMo{.betas = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}}) ==
        "momentum_buffer_0 momentum_buffer_1 momentum_buffer_2 momentum_buffer_3 momentum_buffer_4 "
        "momentum_buffer_5 ");
  // After two steps of the same slope velocity i is (1 + beta_i) g.
  const AggMo rule{.learning_rate = 0.01, .betas = {0, 0.25, 0.5, 0.75, 0.5, 0.25}};
  const double mean = (1 + 1.25 + 1.5 + 1.75 + 1.5 + 1.25) / 6;
  CHECK((after(rule, slope, 2) - start).isApprox(-0.01 * (1 + mean) * slope, 1e-11));
}

TEST_CASE("options of AggMo") {
  check_rate<AggMo>();
  check_every_form_of_decay<AggMo>();
  CHECK(rule_refusal(AggMo{.betas = {0.5}}) == "");
  CHECK(rule_refusal(AggMo{.betas = {}}) == "betas must hold 1 to 6 numbers");
  CHECK(rule_refusal(AggMo{.betas = {0, 0, 0, 0, 0, 0}}) == "");
  CHECK(rule_refusal(AggMo{.betas = {0, 0, 0, 0, 0, 0, 0}}) == "betas must hold 1 to 6 numbers");
  CHECK(rule_refusal(AggMo{.betas = {0.5, 1}}) == "betas is 1" + must_be_a_decay_rate);
}
