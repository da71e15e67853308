// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/project/project_to_ball.hpp>
#include <descent/transforms/project/project_to_box.hpp>
#include <descent/transforms/project/project_to_simplex.hpp>

#include <cmath>
#include <limits>

using namespace descent;
using Eigen::MatrixXd;
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

TEST_CASE("a ball bounds the norm of each block and leaves what is inside to the bit") {
  const VectorXd outside = start + slope;
  CHECK(after(ProjectToBall{.radius = 2}, start, slope).isApprox(2 * outside / outside.norm(), 1e-14));
  CHECK(after(ProjectToBall{.radius = 100}, start, slope) == start + slope);
  CHECK(after(ProjectToBall{}, zeros, zeros) == zeros);
  CHECK(after(ProjectToBall{}, VectorXd(0), VectorXd(0)).size() == 0);
}

TEST_CASE("the simplex is met, by its nearest point, and stays met") {
  const VectorXd point = after(ProjectToSimplex{}, start, VectorXd(0.1 * slope));
  CHECK(point.sum() == Approx(1));
  CHECK(point.minCoeff() == 0);
  // Nearest: the reduction is the same for all elements that are not 0, and at most that for the others.
  const VectorXd off = start + 0.1 * slope - point;
  const double theta = off[8];
  for (Eigen::Index k = 0; k < 9; ++k) {
    if (point[k] > 0) CHECK(off[k] == Approx(theta));
    if (point[k] == 0) CHECK(off[k] <= theta + 1e-15);
  }
  CHECK(after(ProjectToSimplex{}, point, zeros, 3).isApprox(point, 1e-15));
}

TEST_CASE("the simplex at its edges: one corner, equal weights, a matrix, an empty block, NaN") {
  CHECK(after(ProjectToSimplex{.sum = 2}, zeros, VectorXd(100 * VectorXd::Unit(9, 3))) ==
        2 * VectorXd::Unit(9, 3));
  CHECK(after(ProjectToSimplex{}, zeros, VectorXd(VectorXd::Constant(9, -5)))
            .isApprox(VectorXd::Constant(9, 1.0 / 9), 1e-14));
  MatrixXd p = MatrixXd::Zero(3, 4);
  Optimizer optimizer(p, ProjectToSimplex{});
  optimizer.step(p, MatrixXd(MatrixXd::Random(3, 4)));
  CHECK(p.sum() == Approx(1));
  CHECK(after(ProjectToSimplex{}, VectorXd(0), VectorXd(0)).size() == 0);
  CHECK(std::isnan(after(ProjectToSimplex{}, start, VectorXd(slope * std::nan("")))[0]));
}

TEST_CASE("projections say which option is wrong") {
  CHECK(rule_refusal(ProjectToBox{.low = 1, .high = 1}) == "");
  CHECK(rule_refusal(ProjectToBox{.low = 1, .high = 0}) == "low is above high");
  CHECK(rule_refusal(ProjectToBox{.low = std::nan("")}) == "low is nan, must be a number");
  CHECK(rule_refusal(ProjectToBox{.high = std::nan("")}) == "high is nan, must be a number");
  CHECK(rule_refusal(ProjectToBall{.radius = 0}) == "radius is 0" + test::must_be_positive);
  CHECK(rule_refusal(ProjectToSimplex{.sum = 0}) == "sum is 0" + test::must_be_positive);
}
