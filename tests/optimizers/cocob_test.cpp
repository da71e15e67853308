// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/cocob.hpp>

using namespace descent;
using test::after;
using test::check_decay;
using test::check_rate;
using test::must_be_positive;
using test::rule_refusal;
using test::signs;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("Cocob's first bet is 1 / alpha, whatever the slope, and its rate has no effect") {
  CHECK((after(Cocob{}, slope) - start).isApprox(-0.01 * signs, 1e-10));
  CHECK((after(Cocob{.alpha = 4}, slope) - start).isApprox(-0.25 * signs, 1e-10));
  CHECK(after(Cocob{.learning_rate = 0.25}, slope, 5).isApprox(after(Cocob{}, slope, 5), 1e-10));
  // Bets that win grow.
  CHECK((after(Cocob{}, slope, 200) - start).cwiseAbs().minCoeff() > 2 * 200 * 0.01);
  CHECK(slots_of(Cocob{}) == "init_particles cumulative_gradients scale subgradients reward ");
}

TEST_CASE("options of Cocob") {
  check_rate<Cocob>();
  check_decay<Cocob>();
  CHECK(rule_refusal(Cocob{.alpha = 0}) == "alpha is 0" + must_be_positive);
  CHECK(rule_refusal(Cocob{.epsilon = 0}) == "epsilon is 0" + must_be_positive);
}
