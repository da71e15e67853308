// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/support/norms.hpp>

#include <Eigen/Core>

#include <cmath>
#include <limits>
#include <tuple>

using namespace descent::detail;
using descent::is_nan;
using Vector = Eigen::VectorXd;

TEST_CASE("norms: over all blocks, in double, without overflow") {
  const Eigen::MatrixXf a = Eigen::MatrixXf::Constant(2, 2, 3);
  const Vector b = Vector::Constant(1, 8);
  CHECK(norm(std::tie(a, b)) == 10);
  CHECK(norm(Vector(Vector::Constant(4, 1e300))) == Approx(2e300));
  CHECK(norm(Vector()) == 0);
  CHECK(distance(b, Vector(Vector::Constant(1, 5))) == 3);
  CHECK(is_nan(norm(Vector(Vector::Constant(2, std::nan(""))))));
}

TEMPLATE_TEST_CASE("norms: finite or not, element by element", "", float, double, long double) {
  using Matrix = Eigen::Matrix<TestType, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Matrix m = Matrix::Zero(3, 4);
  CHECK(all_finite(m));
  for (const TestType bad :
       {std::numeric_limits<TestType>::infinity(), -std::numeric_limits<TestType>::infinity(),
        std::numeric_limits<TestType>::quiet_NaN()}) {
    m(2, 1) = bad;
    CHECK_FALSE(all_finite(m));
    CHECK(all_finite(m.topRows(2)));
  }
  m(2, 1) = static_cast<TestType>(std::numeric_limits<float>::max());
  CHECK(all_finite(m));
}
