// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/adopt.hpp>

#include <cmath>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::after_factors;
using test::check_as_adam;
using test::check_every_form_of_decay;
using test::must_be_non_negative;
using test::rule_refusal;
using test::signs;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("Adopt looks first, and takes steps of bounded size") {
  CHECK(after(Adopt{}, slope) == start);
  CHECK((after(Adopt{}, slope, 2) - start).isApprox(-1e-4 * signs, 1e-9));  // n = 1, of which a tenth
  const VectorXd jump = after_factors(Adopt{}, {1, 1e6}) - start;
  CHECK(jump.isApprox(-1e-4 * signs, 1e-10));  // clipped at 1
  CHECK((after_factors(Adopt{.clip_counts_from_one = true}, {1, 1e6}) - start)
            .isApprox(-1e-4 * std::pow(2, 0.25) * signs, 1e-10));
  CHECK((after_factors(Adopt{.clip = false}, {1, 1e3}) - start).isApprox(-0.1 * signs, 1e-9));
  CHECK((after_factors(Adopt{.nesterov = true}, {1, 1}) - start).isApprox(-1.9e-4 * signs, 1e-9));
  CHECK(after(Adopt{.epsilon = 0}, VectorXd::Zero(9), 3) == start);
  CHECK(slots_of(Adopt{}) == "exp_avg exp_avg_sq ");
}

TEST_CASE("options of Adopt") {
  check_as_adam<Adopt>();
  check_every_form_of_decay<Adopt>();
  CHECK(rule_refusal(Adopt{.clip_exponent = -1}) == "clip_exponent is -1" + must_be_non_negative);
  CHECK(rule_refusal(Adopt{.clip_exponent = 0}) == "");
  CHECK(rule_refusal(Adopt::like_timm()) == "");
}
