// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/transforms/clip/adaptive_gradient_clipping.hpp>

using namespace descent;
using Eigen::MatrixXd;
using test::after;
using test::change;
using test::must_be_non_negative;
using test::must_be_positive;
using test::rule_refusal;
using test::slope;
using test::start;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

const MatrixXd weights = (MatrixXd(2, 3) << 3, 0, 4, 0, 0, 0).finished();
const MatrixXd gradient = (MatrixXd(2, 3) << 0.01, 0.02, 0.02, 6, 0, 8).finished();

}  // namespace

TEST_CASE("each unit's update is at most a share of its weights, or of the smallest norm") {
  const MatrixXd clipped =
      change(AdaptiveGradientClipping{.max_ratio = 0.01, .min_norm = 0.1}, weights, gradient);
  CHECK(clipped.row(0).isApprox(gradient.row(0), 1e-12));  // 0.03 of 0.05
  CHECK(clipped.row(1).isApprox(gradient.row(1) * (0.001 / 10), 1e-12));
  const MatrixXd by_columns = change(AdaptiveGradientClipping::like_optax(), MatrixXd(weights.transpose()),
                                     MatrixXd(gradient.transpose()));
  CHECK(by_columns.row(2).norm() <= 0.05);
  CHECK(by_columns.col(0).isApprox(gradient.row(0).transpose(), 1e-12));
  CHECK(by_columns.col(1).isApprox(gradient.row(1).transpose() * (1e-5 / 10), 1e-12));
}

TEST_CASE("a vector, and a matrix of one row or column, is one unit") {
  const AdaptiveGradientClipping rule{.max_ratio = 0.1};
  const double most = 0.1 * start.norm();
  CHECK((after(rule, start, slope) - start).isApprox(slope * (most / slope.norm()), 1e-12));
  CHECK(change(rule, MatrixXd(start), MatrixXd(slope)).norm() == Approx(most));
  CHECK(change(rule, MatrixXd(start.transpose()), MatrixXd(slope.transpose())).norm() == Approx(most));
}

TEST_CASE("units are told apart alike in both storage orders; zeros and empty blocks are no trouble") {
  const AdaptiveGradientClipping rule{.max_ratio = 0.01};
  const MatrixXd by_columns = change(rule, weights, gradient);
  const RowMajor by_rows = change(rule, RowMajor(weights), RowMajor(gradient));
  CHECK(by_columns == MatrixXd(by_rows));
  CHECK(change(rule, weights, MatrixXd(MatrixXd::Zero(2, 3))) == MatrixXd::Zero(2, 3));
  CHECK(change(rule, MatrixXd(0, 3), MatrixXd(0, 3)).size() == 0);
}

TEST_CASE("AdaptiveGradientClipping says which option is wrong") {
  CHECK(rule_refusal(AdaptiveGradientClipping{}) == "");
  CHECK(rule_refusal(AdaptiveGradientClipping{.max_ratio = 0}) == "max_ratio is 0" + must_be_positive);
  CHECK(rule_refusal(AdaptiveGradientClipping{.min_norm = -1}) == "min_norm is -1" + must_be_non_negative);
}
