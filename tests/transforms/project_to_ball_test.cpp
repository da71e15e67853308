// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/transforms/project/project_to_ball.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::must_be_positive;
using test::rule_refusal;
using test::slope;
using test::start;

namespace {

const VectorXd zeros = VectorXd::Zero(9);

}  // namespace

TEST_CASE("a ball bounds the norm of each block and leaves what is inside to the bit") {
  const VectorXd outside = start + slope;
  CHECK(after(ProjectToBall{.radius = 2}, start, slope).isApprox(2 * outside / outside.norm(), 1e-14));
  CHECK(after(ProjectToBall{.radius = 100}, start, slope) == start + slope);
  CHECK(after(ProjectToBall{}, zeros, zeros) == zeros);
  CHECK(after(ProjectToBall{}, VectorXd(0), VectorXd(0)).size() == 0);
}

TEST_CASE("ProjectToBall says which option is wrong") {
  CHECK(rule_refusal(ProjectToBall{.radius = 0}) == "radius is 0" + must_be_positive);
}
