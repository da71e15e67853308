// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/adan.hpp>

using namespace descent;
using test::after;
using test::after_factors;
using test::check_as_adam;
using test::check_epsilon_root;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::rule_refusal;
using test::signs;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("Adan's first step has the size of the rate, and so have all under a constant slope") {
  const Adan rule{.learning_rate = 0.01, .epsilon = 0};
  CHECK((after(rule, slope) - start).isApprox(-0.01 * signs, 1e-12));
  CHECK((after(rule, slope, 5) - start).isApprox(-0.05 * signs, 1e-11));
  CHECK(slots_of(rule) == "exp_avg exp_avg_diff exp_avg_sq neg_pre_grad ");
  CHECK(slots_of(Adan{.cautious = true}) == slots_of(rule));
  // If all agree, caution changes nothing; if the gradient turned, the old average is left out.
  Adan careful = rule;
  careful.cautious = true;
  CHECK((after(careful, slope, 5) - after(rule, slope, 5)).cwiseAbs().maxCoeff() < 1e-15);
  CHECK((after_factors(careful, {1, 1, -0.1}) - after_factors(rule, {1, 1, -0.1})).cwiseAbs().minCoeff() >
        1e-3);
}

TEST_CASE("options of Adan") {
  check_as_adam<Adan>();
  check_epsilon_root<Adan>();
  CHECK(rule_refusal(Adan{.beta3 = 1}) == "beta3 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Adan{.beta3 = 1, .cautious = true}) == "beta3 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Adan{.weight_decay = -0.1, .proximal = false}) ==
        "weight_decay is -0.1" + must_be_non_negative);
  CHECK(rule_refusal(Adan::like_optax()) == "");
}
