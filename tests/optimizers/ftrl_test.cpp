// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/ftrl.hpp>

#include <cmath>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::must_be_non_negative;
using test::must_be_positive;
using test::rule_refusal;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("Ftrl makes parameters exactly 0") {
  // One gradient does not reach beyond l1, the two of the last parameters do.
  VectorXd p = VectorXd::Zero(3);
  Optimizer optimizer(p, Ftrl{.learning_rate = 0.5, .l1 = 1, .l2 = 0.25});
  optimizer.step(p, Eigen::Vector3d(0.5, -1, 0.75));
  CHECK(p.isZero(0));
  optimizer.step(p, Eigen::Vector3d(0.25, -1, 0.75));
  const double root1 = std::sqrt(2.0), root2 = std::sqrt(2 * 0.75 * 0.75);
  CHECK(p[0] == 0);
  CHECK(p[1] == Approx((2 - 1) / ((1 + root1) / 0.5 + 0.25)).epsilon(1e-14));
  CHECK(p[2] == Approx(-(1.5 - 1) / ((1 + root2) / 0.5 + 0.25)).epsilon(1e-14));
  optimizer.step(p, Eigen::Vector3d(0, 1.5, 0));  // and back to 0
  CHECK(p[1] == 0);
  CHECK(slots_of(Ftrl{}) == "accumulator linear ");
}

TEST_CASE("Ftrl starts from the parameters, or forgets them") {
  const VectorXd still = after(Ftrl{.l1 = 0.5, .l2 = 0.25, .initial_accumulator = 0.1}, VectorXd::Zero(9), 3);
  CHECK((still - start).cwiseAbs().maxCoeff() < 1e-14);
  CHECK(after(Ftrl{.start_from_zero = true}, VectorXd::Zero(9)).isZero(0));
  CHECK(after(Ftrl::like_keras(), VectorXd::Zero(9)).isZero(0));
  CHECK(after(Ftrl{.beta = 0}, VectorXd::Zero(9)).isZero(0));  // nothing to hold it: no NaN
  // Shrinkage pulls towards 0 without slope.
  const VectorXd shrunk = after(Ftrl{.l2_shrinkage = 0.5}, VectorXd::Zero(9));
  CHECK(shrunk.isApprox((1 - 0.1) * start, 1e-11));
}

TEST_CASE("options of Ftrl") {
  CHECK(rule_refusal(Ftrl{}) == "");
  CHECK(rule_refusal(Ftrl{.learning_rate = 0}) == "learning_rate is 0" + must_be_positive);
  CHECK(rule_refusal(Ftrl{.l1 = -1}) == "l1 is -1" + must_be_non_negative);
  CHECK(rule_refusal(Ftrl{.l2 = -1}) == "l2 is -1" + must_be_non_negative);
  CHECK(rule_refusal(Ftrl{.beta = -1}) == "beta is -1" + must_be_non_negative);
  CHECK(rule_refusal(Ftrl{.initial_accumulator = -1}) == "initial_accumulator is -1" + must_be_non_negative);
  CHECK(rule_refusal(Ftrl{.l2_shrinkage = -1}) == "l2_shrinkage is -1" + must_be_non_negative);
  CHECK(rule_refusal(Ftrl::like_keras()) == "");
}
