// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/yogi.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::check_as_adam;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::must_be_non_negative;
using test::rule_refusal;
using test::slope;
using test::slot_after;

TEST_CASE("Yogi's second moment moves by steps of bounded size") {
  const VectorXd before = VectorXd::Ones(9);
  for (const double size : {0.1, 0.5, 2.0, 100.0}) {
    const VectorXd gradient = VectorXd::Constant(9, size);
    const VectorXd v = slot_after(Yogi{.initial_accumulator = 1}, gradient, "exp_avg_sq");
    const double step = (size > 1 ? 1 : -1) * 1e-3 * size * size;
    CHECK((v - before).isApprox(VectorXd::Constant(9, step), 1e-9));
  }
  CHECK(slot_after(Yogi{.initial_accumulator = 1}, before, "exp_avg_sq") == before);  // sign(0) = 0
  CHECK((after(Yogi::like_paper(), slope) - after(Yogi{}, slope)).cwiseAbs().minCoeff() > 1e-4);
}

TEST_CASE("options of Yogi") {
  check_as_adam<Yogi>();
  check_every_form_of_decay<Yogi>();
  check_epsilon_root<Yogi>();
  CHECK(rule_refusal(Yogi{.initial_accumulator = -1}) == "initial_accumulator is -1" + must_be_non_negative);
  CHECK(rule_refusal(Yogi::like_paper()) == "");
}
