// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/laprop.hpp>
#include <descent/transforms/decay/decay_after_step.hpp>
#include <descent/transforms/decay/decay_gradient.hpp>
#include <descent/transforms/scale/scale_by_laprop.hpp>

#include <cmath>
#include <cstdint>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::after_factors;
using test::check_as_adam;
using test::must_be_non_negative;
using test::rule_refusal;
using test::signs;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("LaProp's steps are averages of numbers of bounded size") {
  CHECK((after(LaProp{.learning_rate = 0.01, .epsilon = 0}, slope) - start).isApprox(-0.01 * signs, 1e-11));
  CHECK(after(LaProp{.epsilon = 0}, VectorXd::Zero(9), 3) == start);
  // |n| <= sqrt((1 - beta2^t) / (1 - beta2)), reached if all earlier gradients are 0.
  const double most = std::sqrt((1 - std::pow(0.999, 3)) / 1e-3);
  const LaProp rule{.learning_rate = 0.01, .beta1 = 0, .epsilon = 0};
  CHECK((after_factors(rule, {0, 0, 1}) - start).isApprox(-0.01 * most * signs, 1e-10));
  // A step at a small rate counts little in the momentum of the next step, if the momentum contains the rate.
  LaProp timm = LaProp::like_timm();
  timm.learning_rate = [](std::int64_t k) { return k == 0 ? 1e-9 : 0.01; };
  timm.beta2 = 0;
  CHECK((after_factors(timm, {-1, 1}) - start).isApprox(-0.01 * signs, 1e-6));
  CHECK(slots_of(LaProp{}) == "exp_avg exp_avg_sq ");
}

TEST_CASE("options of LaProp") {
  check_as_adam<LaProp>();
  CHECK(rule_refusal(ScaleByLaProp{.weight = -1}) == "weight is -1" + must_be_non_negative);
  CHECK(rule_refusal(LaProp::like_timm()) == "");
  CHECK(rule_refusal(DecayAfterStep{.learning_rate = -1}) == "learning_rate is -1" + must_be_non_negative);
  CHECK(rule_refusal(DecayAfterStep{.weight_decay = -1}) == "weight_decay is -1" + must_be_non_negative);
  CHECK(rule_refusal(DecayGradient{-1}) == "weight_decay is -1" + must_be_non_negative);
}
