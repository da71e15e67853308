// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/linalg/symmetric_eigen.hpp>

#include <limits>

using descent::detail::SymmetricEigen;
using Eigen::MatrixXd;

namespace {

MatrixXd symmetric(Eigen::Index size) {
  const MatrixXd any = test::Numbers<double>(5).plain_matrix(size, size);
  return any + any.transpose();
}

MatrixXd put_together(const SymmetricEigen<MatrixXd>& eigen) {
  const Eigen::Index size = eigen.vectors().rows();
  MatrixXd values = MatrixXd::Zero(size, size);
  for (Eigen::Index k = 0; k < size; ++k) values(k, k) = eigen.value(k);
  return eigen.vectors() * values * eigen.vectors().transpose();
}

}  // namespace

TEST_CASE("eigenvalues rise, eigenvectors are orthonormal, and together they are the matrix") {
  SymmetricEigen<MatrixXd> eigen;
  for (const Eigen::Index size : {0, 1, 2, 3, 17, 40}) {
    const MatrixXd matrix = symmetric(size);
    eigen.prepare(size);
    REQUIRE(eigen.compute(matrix));
    CAPTURE(size);
    for (Eigen::Index k = 1; k < size; ++k) CHECK(eigen.value(k - 1) <= eigen.value(k));
    CHECK((eigen.vectors().transpose() * eigen.vectors()).isIdentity(1e-12));
    CHECK(put_together(eigen).isApprox(matrix, 1e-11));
  }
}

TEST_CASE("eigenvalues are found for entries whose squares overflow or vanish") {
  const MatrixXd matrix = symmetric(5);
  for (const double scale : {1e-250, 1e250}) {
    SymmetricEigen<MatrixXd> eigen;
    eigen.prepare(5);
    REQUIRE(eigen.compute(scale * matrix));
    CHECK((put_together(eigen) / scale).isApprox(matrix, 1e-11));
  }
}

TEST_CASE("only the lower triangle is read, and a matrix that is not finite is refused") {
  const MatrixXd matrix = symmetric(6);
  SymmetricEigen<MatrixXd> eigen;
  eigen.prepare(6);
  MatrixXd lower = matrix.triangularView<Eigen::Lower>();
  REQUIRE(eigen.compute(lower));
  CHECK(put_together(eigen).isApprox(matrix, 1e-11));
  lower(3, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(eigen.compute(lower));
}
