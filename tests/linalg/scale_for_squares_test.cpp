// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/linalg/scale_for_squares.hpp>

#include <cmath>
#include <limits>

using namespace descent::detail;

TEMPLATE_TEST_CASE("a scale for squares is a power of two, and 1 for ordinary sizes", "", float, double) {
  using S = TestType;
  using Limits = std::numeric_limits<S>;
  for (const S ordinary : {S(1), S(1e-3), S(1e6)}) CHECK(scale_for_squares(ordinary) == 1);
  for (const S size : {Limits::max(), Limits::max() / 8, Limits::min(), 3 * Limits::denorm_min()}) {
    const S scale = scale_for_squares(size);
    int exponent = 0;
    CHECK(std::frexp(scale, &exponent) == S(0.5));
    const S scaled = scale * size;
    CHECK(std::isfinite(scaled * scaled * 1024));
    CHECK(scaled * scaled > 0);
  }
}

TEST_CASE("without a size there is no scale: 0, infinity, NaN") {
  CHECK(scale_for_squares(0.0) == 1);
  CHECK(scale_for_squares(std::numeric_limits<double>::infinity()) == 1);
  CHECK(scale_for_squares(std::numeric_limits<double>::quiet_NaN()) == 1);
}

TEST_CASE("one entry that is not finite is found") {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Ones(3, 4);
  CHECK(has_finite_entries(matrix));
  CHECK(has_finite_entries(Eigen::MatrixXd(0, 3)));
  matrix(2, 3) = std::nan("");
  CHECK_FALSE(has_finite_entries(matrix));
}
