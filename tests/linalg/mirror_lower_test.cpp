// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/linalg/mirror_lower.hpp>

using Eigen::MatrixXd;

TEST_CASE("a matrix of any size is made symmetric from its lower triangle") {
  test::Numbers<double> numbers(6);
  for (const Eigen::Index size : {0, 1, 2, 31, 32, 33, 64, 100}) {
    const MatrixXd lower = numbers.plain_matrix(size, size);
    MatrixXd mirrored = lower;
    descent::detail::mirror_lower(mirrored);
    CHECK(mirrored == MatrixXd(lower.selfadjointView<Eigen::Lower>()));
  }
}
