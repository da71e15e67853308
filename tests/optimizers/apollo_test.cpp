// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/apollo.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/scale/scale_by_apollo.hpp>

#include <cmath>
#include <string>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::check_epsilon;
using test::check_every_form_of_decay;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::rule_refusal;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("Apollo's first step, and the curvature it learns") {
  // The curvature is unknown at first and held at 0.01, or at the largest gradient.
  CHECK((after(Apollo{}, slope) - start).isApprox(-0.01 * 100 * slope, 1e-11));
  const Apollo believing{.learning_rate = 0.5, .epsilon = 0, .rebound = ApolloRebound::belief};
  CHECK((after(believing, slope) - start).isApprox(-0.5 / 8 * slope, 1e-11));
  CHECK(after(believing, VectorXd::Zero(9), 3) == start);  // 0 / 0 is 0
  // On 3 p^2 / 2 a step along d changes the gradient by 3 rate d: the estimate is 3 rate.
  VectorXd p = VectorXd::Ones(1);
  Optimizer optimizer(p, Apollo{.learning_rate = 1e-3, .beta = 0, .epsilon = 0});
  for (int k = 0; k < 2; ++k) optimizer.step(p, 3 * p);
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    if (name == "approx_hessian") CHECK(std::abs(values(0)) == Approx(3e-3).epsilon(1e-9));
  });
  CHECK(slots_of(Apollo{}) == "exp_avg_grad approx_hessian update ");
}

TEST_CASE("options of Apollo") {
  check_rate<Apollo>();
  check_every_form_of_decay<Apollo>();
  check_epsilon<Apollo>();
  CHECK(rule_refusal(Apollo{.beta = 1}) == "beta is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Apollo{.stable_decay = true}) == "stable_decay needs weight_decay_form = decoupled");
  CHECK(rule_refusal(Apollo{.weight_decay_form = WeightDecayForm::decoupled, .stable_decay = true}) == "");
}
