// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/small_problems.hpp"

#include <descent/transforms/clip/adaptive_gradient_clipping.hpp>
#include <descent/transforms/gradient/centralize.hpp>

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using test::after;
using test::change;
using test::slope;

namespace {

const MatrixXd weights = (MatrixXd(2, 3) << 3, 0, 4, 0, 0, 0).finished();
const MatrixXd gradient = (MatrixXd(2, 3) << 0.01, 0.02, 0.02, 6, 0, 8).finished();

}  // namespace

TEST_CASE("Centralize keeps the sum of each unit's weights; vectors pass") {
  const MatrixXd by_rows = change(Centralize{}, weights, gradient);
  CHECK(by_rows.rowwise().sum().cwiseAbs().maxCoeff() < 1e-14);
  CHECK(by_rows(1, 0) == Approx(6 - 14.0 / 3));
  const MatrixXd by_columns = change(Centralize{.units = Units::columns}, weights, gradient);
  CHECK(by_columns.colwise().sum().cwiseAbs().maxCoeff() < 1e-14);
  CHECK(after(Centralize{}, VectorXd(VectorXd::Zero(9)), slope) == slope);
  CHECK(change(Centralize{}, MatrixXd(2, 0), MatrixXd(2, 0)).size() == 0);
}
