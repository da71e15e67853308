// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/mars.hpp>
#include <descent/transforms/gradient/mars_correction.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::after_factors;
using test::check_as_adam;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::rule_refusal;
using test::signs;
using test::slope;
using test::slot_after;
using test::slots_of;
using test::start;

TEST_CASE("Mars clips the corrected gradient of each block") {
  const VectorXd large = 1000 * slope;
  const VectorXd m = slot_after(Mars{}, large, "exp_avg");
  CHECK(m.norm() == Approx(0.05).epsilon(1e-12));
  CHECK(slot_after(Mars::like_timm(), large, "exp_avg").norm() == Approx(0.1 * large.norm()).epsilon(1e-12));
  CHECK((after(Mars{.form = MarsForm::lion}, slope) - start).isApprox(-3e-3 * signs, 1e-11));
  // Signs that disagree with the gradient are dropped, the others keep their size.
  const Mars careful{.form = MarsForm::lion, .cautious = true};
  CHECK(after_factors(careful, {1, 1, -1e-3}) == after_factors(careful, {1, 1}));
  CHECK(slots_of(Mars{}) == "last_grad exp_avg exp_avg_sq ");
  CHECK(slots_of(Mars{.amsgrad = true}) == "last_grad exp_avg exp_avg_sq max_exp_avg_sq ");
  CHECK(slots_of(careful) == "last_grad momentum_buffer ");
  // A gradient that grows is ahead of itself: gamma beta1 / (1 - beta1) = 0.475 of the change.
  VectorXd p = start;
  Optimizer optimizer(p, MarsCorrection{});
  optimizer.step(p, slope);
  CHECK((p - start).isApprox(1.475 * slope, 1e-11));
  const VectorXd before = p;
  optimizer.step(p, 2 * slope);
  CHECK((p - before).isApprox(2.475 * slope, 1e-11));
}

TEST_CASE("options of Mars") {
  check_as_adam<Mars>();
  check_every_form_of_decay<Mars>();
  check_epsilon_root<Mars>();
  CHECK(rule_refusal(Mars{.gamma = -1}) == "gamma is -1" + must_be_non_negative);
  CHECK(rule_refusal(Mars{.beta1 = 1, .form = MarsForm::lion}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Mars::like_timm()) == "");
}
