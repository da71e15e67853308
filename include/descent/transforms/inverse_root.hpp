// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/pack_product.hpp>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

namespace descent::detail {

/// Makes a matrix symmetric of which the lower triangle is known.
template <class Matrix>
void mirror_lower(Matrix& matrix) {
  matrix.template triangularView<Eigen::StrictlyUpper>() = matrix.transpose();
}

/// A^(-exponent) of symmetric matrices whose eigenvalues are not negative, in memory kept from call to call.
template <class Matrix>
class InverseRoot {
 public:
  using S = typename Matrix::Scalar;

  void prepare(Eigen::Index size) {
    if (vectors_.rows() == size) return;
    solver_ = Eigen::SelfAdjointEigenSolver<Matrix>(size);
    vectors_.resize(size, size);
  }

  /// root = matrix^(-exponent); directions whose eigenvalue is not positive are left out. Where the
  /// eigenvalues cannot be found (a matrix that is not finite) the root stays as it was.
  void compute(Matrix& root, const Matrix& matrix, double exponent, simd::Product<S>& product) {
    solver_.compute(matrix);
    if (solver_.info() != Eigen::Success) return;
    vectors_ = solver_.eigenvectors();
    for (Eigen::Index k = 0; k < vectors_.cols(); ++k) {
      // The square root of the factor on both sides keeps the product symmetric.
      const auto value = static_cast<double>(solver_.eigenvalues()(k));
      vectors_.col(k) *= static_cast<S>(value > 0 ? std::pow(value, -exponent / 2) : 0);
    }
    root.setZero();
    product.add_to_lower(root, S(1), vectors_, vectors_.transpose());
    mirror_lower(root);
  }

 private:
  Eigen::SelfAdjointEigenSolver<Matrix> solver_;
  Matrix vectors_;
};

}  // namespace descent::detail
