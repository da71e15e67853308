// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/rprop.hpp>
#include <descent/transforms/scale/scale_by_rprop.hpp>

#include <cstdint>

using namespace descent;
using test::after;
using test::after_factors;
using test::check_rate;
using test::must_be_non_negative;
using test::rule_refusal;
using test::signs;
using test::slots_of;
using test::start;

TEST_CASE("Rprop finds a step size for each parameter") {
  // Two steps of the same sign, a change of sign, which does not move, and one back by the smaller step.
  CHECK((after_factors(Rprop{.learning_rate = 0.5}, {1, 3}) - start).isApprox(-(0.5 + 0.6) * signs, 1e-12));
  CHECK(after_factors(Rprop{.learning_rate = 0.5}, {1, 3, -1}) ==
        after_factors(Rprop{.learning_rate = 0.5}, {1, 3}));
  CHECK((after_factors(Rprop{.learning_rate = 0.5}, {1, 3, -1, -1}) - start)
            .isApprox(-(0.5 + 0.6 - 0.3) * signs, 1e-12));
  // Neither a zero nor what comes after it changes a step size.
  CHECK((after_factors(Rprop{.learning_rate = 0.5}, {1, 0, -1}) - start).cwiseAbs().maxCoeff() < 1e-15);
  CHECK((after_factors(Rprop{.learning_rate = 0.5, .max_step = 0.25}, {1, 1}) - start)
            .isApprox(-0.5 * signs, 1e-12));
  CHECK((after_factors(Rprop{.learning_rate = 0.5, .min_step = 0.4}, {1, -1, -1}) - start)
            .isApprox(-0.1 * signs, 1e-12));
  const Rprop halving{.learning_rate = [](std::int64_t k) { return k == 0 ? 0.5 : 0.25; }};
  CHECK((after_factors(halving, {1, 1}) - start).isApprox(-(0.5 + 0.3) * signs, 1e-12));
  // Gradients whose product underflows have a sign.
  Eigen::VectorXf tiny = Eigen::VectorXf::Zero(3);
  Optimizer optimizer(tiny, Rprop{.learning_rate = 0.5});
  for (int k = 0; k < 2; ++k) optimizer.step(tiny, Eigen::VectorXf::Constant(3, 1e-30F));
  CHECK(tiny.isConstant(-1.1F));
  CHECK(slots_of(Rprop{}) == "prev step_size ");
  CHECK(Optimizer(tiny, Rprop{.learning_rate = 0.5}).learning_rate() == 0.5);
}

TEST_CASE("options of Rprop") {
  check_rate<Rprop>();
  CHECK(rule_refusal(Rprop{.eta_minus = 1}) == "eta_minus is 1, must be in (0, 1)");
  CHECK(rule_refusal(Rprop{.eta_minus = 0}) == "eta_minus is 0, must be in (0, 1)");
  CHECK(rule_refusal(Rprop{.eta_plus = 1}) == "eta_plus is 1, must be greater than 1 and finite");
  CHECK(rule_refusal(Rprop{.min_step = -1}) == "min_step is -1" + must_be_non_negative);
  CHECK(rule_refusal(Rprop{.min_step = 0, .max_step = 0}) == "");
  CHECK(rule_refusal(Rprop{.min_step = 1, .max_step = 0.5}) ==
        "max_step is 0.5, must be at least 1 and finite");
  CHECK(rule_refusal(ScaleByRprop{.initial_step = -1}) == "initial_step is -1" + must_be_non_negative);
}
