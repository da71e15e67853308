// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/linalg/inverse_root.hpp>

#include <limits>

using descent::detail::InverseRoot;
using Eigen::MatrixXd;

namespace {

MatrixXd root_of(const MatrixXd& matrix, double exponent) {
  InverseRoot<MatrixXd> inverse;
  descent::simd::Product<double> product;
  inverse.prepare(matrix.rows());
  product.prepare(matrix.rows(), matrix.rows(), matrix.rows());
  MatrixXd root = MatrixXd::Constant(matrix.rows(), matrix.rows(), 42);
  inverse.compute(root, matrix, exponent, product);
  return root;
}

MatrixXd positive(Eigen::Index size) {
  const MatrixXd any = test::Numbers<double>(9).plain_matrix(size, size);
  return any * any.transpose() + MatrixXd::Identity(size, size);
}

}  // namespace

TEST_CASE("an inverse root, multiplied by itself and the matrix, is the identity") {
  for (const Eigen::Index size : {1, 2, 9, 33}) {
    const MatrixXd matrix = positive(size), identity = MatrixXd::Identity(size, size);
    const MatrixXd whole = root_of(matrix, 1), half = root_of(matrix, 0.5), quarter = root_of(matrix, 0.25);
    CHECK((whole * matrix).isApprox(identity, 1e-9));
    CHECK((half * half * matrix).isApprox(identity, 1e-9));
    CHECK((quarter * quarter).isApprox(half, 1e-9));
    CHECK(half == half.transpose());
  }
  CHECK(root_of(positive(4), 0).isApprox(MatrixXd::Identity(4, 4), 1e-12));
}

TEST_CASE("directions whose eigenvalue is not positive are left out") {
  const MatrixXd matrix = Eigen::Vector3d(4, 0, -1).asDiagonal();
  const MatrixXd expected = Eigen::Vector3d(0.5, 0, 0).asDiagonal();
  CHECK(root_of(matrix, 0.5).isApprox(expected, 1e-14));
}

TEST_CASE("a matrix that is not finite leaves the root as it was") {
  MatrixXd matrix = positive(3);
  matrix(2, 1) = std::numeric_limits<double>::infinity();
  CHECK(root_of(matrix, 0.5) == MatrixXd::Constant(3, 3, 42));
}
