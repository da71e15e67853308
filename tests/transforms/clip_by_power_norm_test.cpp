// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/transforms/clip/clip_by_power_norm.hpp>

#include <cmath>
#include <limits>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::must_be_non_negative;
using test::must_be_positive;
using test::rule_refusal;
using test::slope;
using test::start;

TEST_CASE("a norm of any power is clipped: sums, Euclid, and the largest element") {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto clipped = [](double power, double max_norm) -> VectorXd {
    return after(ClipByPowerNorm{.max_norm = max_norm, .power = power, .epsilon = 0},
                 VectorXd(VectorXd::Zero(9)), slope);
  };
  CHECK(clipped(1, 2).lpNorm<1>() == Approx(2));
  CHECK(clipped(2, 2).norm() == Approx(2));
  CHECK(std::pow(clipped(3, 2).array().abs().pow(3).sum(), 1.0 / 3) == Approx(2));
  CHECK(clipped(infinite, 2).lpNorm<Eigen::Infinity>() == 2);
  for (const double power : {1.0, 2.5, infinite}) CHECK(clipped(power, 1e3) == slope);
  CHECK(after(ClipByPowerNorm{.power = 1.5}, start, VectorXd(VectorXd::Zero(9))) == start);
}

TEST_CASE("ClipByPowerNorm says which option is wrong") {
  CHECK(rule_refusal(ClipByPowerNorm{.power = 0.5}) == "power is 0.5, must be at least 1");
  CHECK(rule_refusal(ClipByPowerNorm{.max_norm = 0}) == "max_norm is 0" + must_be_positive);
  CHECK(rule_refusal(ClipByPowerNorm{.epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
}
