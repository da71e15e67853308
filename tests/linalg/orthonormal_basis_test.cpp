// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/linalg/orthonormal_basis.hpp>

using descent::detail::OrthonormalBasis;
using Eigen::MatrixXd;

namespace {

MatrixXd basis_of(MatrixXd columns) {
  OrthonormalBasis<MatrixXd> orthonormal;
  orthonormal.prepare(columns.rows());
  MatrixXd basis(columns.rows(), columns.rows());
  orthonormal.compute(basis, columns);
  return basis;
}

}  // namespace

TEST_CASE("a basis is orthonormal, and its first columns span the first columns of the matrix") {
  for (const Eigen::Index size : {0, 1, 2, 7, 32}) {
    const MatrixXd columns = test::Numbers<double>(4).plain_matrix(size, size), basis = basis_of(columns);
    CAPTURE(size);
    CHECK((basis.transpose() * basis).isIdentity(1e-12));
    const MatrixXd triangle = basis.transpose() * columns;
    CHECK(triangle.isUpperTriangular(1e-12));
  }
}

TEST_CASE("a basis is found for columns whose squares overflow or vanish, and for columns of zeros") {
  const MatrixXd columns = test::Numbers<double>(4).plain_matrix(6, 6), basis = basis_of(columns);
  CHECK(basis_of(0x1p-900 * columns).isApprox(basis, 1e-12));
  CHECK(basis_of(0x1p900 * columns).isApprox(basis, 1e-12));
  const MatrixXd of_zeros = basis_of(MatrixXd::Zero(3, 3));
  CHECK((of_zeros.transpose() * of_zeros).isIdentity(1e-14));
}
