// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/project/project_to_box.hpp>

#include <cmath>
#include <limits>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

const VectorXd zeros = VectorXd::Zero(9);

}  // namespace

TEST_CASE("no parameter gets negative, and those inside move as they would") {
  const VectorXd moved = after(Sgd{.learning_rate = 0.1} | ProjectToBox{}, start, slope, 3);
  CHECK((moved.array() >= 0).all());
  CHECK(moved[0] == 0);
  CHECK(moved[8] == after(Sgd{.learning_rate = 0.1}, start, slope, 3)[8]);
  CHECK(after(ProjectToBox{}, start, zeros) == start.cwiseMax(0.0));
  CHECK(after(ProjectToBox{.low = -infinite}, start, slope) == start + slope);
}

TEST_CASE("a box bounds from both sides, and NaN shows") {
  const VectorXd boxed = after(ProjectToBox{.low = -0.5, .high = 0.25}, start, slope);
  CHECK(boxed.isApprox((start + slope).cwiseMax(-0.5).cwiseMin(0.25), 1e-15));
  CHECK(std::isnan(after(ProjectToBox{}, start, VectorXd(slope * std::nan("")))[0]));
}

TEST_CASE("ProjectToBox says which option is wrong") {
  CHECK(rule_refusal(ProjectToBox{.low = 1, .high = 1}) == "");
  CHECK(rule_refusal(ProjectToBox{.low = 1, .high = 0}) == "low is above high");
  CHECK(rule_refusal(ProjectToBox{.low = std::nan("")}) == "low is nan, must be a number");
  CHECK(rule_refusal(ProjectToBox{.high = std::nan("")}) == "high is nan, must be a number");
}
