// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/transforms/project/project_to_simplex.hpp>

#include <cmath>

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using test::after;
using test::must_be_positive;
using test::rule_refusal;
using test::slope;
using test::start;

namespace {

const VectorXd zeros = VectorXd::Zero(9);

}  // namespace

TEST_CASE("the simplex is met, by its nearest point, and stays met") {
  const VectorXd point = after(ProjectToSimplex{}, start, VectorXd(0.1 * slope));
  CHECK(point.sum() == Approx(1));
  CHECK(point.minCoeff() == 0);
  // Nearest: all elements that stay positive were reduced by the same amount, the others by at most that.
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

TEST_CASE("ProjectToSimplex says which option is wrong") {
  CHECK(rule_refusal(ProjectToSimplex{.sum = 0}) == "sum is 0" + must_be_positive);
}
