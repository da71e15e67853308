// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/acprop.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::after_factors;
using test::check_as_adam;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::slope;
using test::slot_after;
using test::slots_of;
using test::start;

TEST_CASE("AcProp scales by what came before the gradient") {
  CHECK((after(AcProp{}, slope) - start).isApprox(-1e-3 * slope, 1e-11));
  const VectorXd before = after_factors(AcProp{}, {1, 0.5, 2});
  const VectorXd moved = after_factors(AcProp{}, {1, 0.5, 2, 1}) - before;
  CHECK((after_factors(AcProp{}, {1, 0.5, 2, 8}) - before).isApprox(8 * moved, 1e-10));
  // s is (0.1 % of) the square of 0.9 g, or of g.
  const auto slot = [](const AcProp& rule) { return slot_after(rule, slope, "exp_avg_var"); };
  CHECK(slot(AcProp{}).isApprox(0.81e-3 * slope.cwiseAbs2(), 1e-9));
  CHECK(slot(AcProp::like_optax()).isApprox(1e-3 * slope.cwiseAbs2(), 1e-9));
  CHECK(slots_of(AcProp{}) == "exp_avg exp_avg_var ");
}

TEST_CASE("options of AcProp") {
  check_as_adam<AcProp>();
  check_every_form_of_decay<AcProp>();
  check_epsilon_root<AcProp>();
}
