// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/linalg/scale_for_squares.hpp>

#include <Eigen/Core>
#include <Eigen/Householder>

namespace descent::detail::inline DESCENT_BUILD {

/// The orthonormal basis of the columns of a square matrix, in order (its QR factor); reuses its memory.
template <class Matrix>
class OrthonormalBasis {
 public:
  using S = typename Matrix::Scalar;

  void prepare(Eigen::Index size) {
    coefficients_.resize(size, 1);
    row_.resize(size, 1);
  }

  /// basis = Q of columns = Q R; overwrites `columns`.
  void compute(Matrix& basis, Matrix& columns) {
    const Eigen::Index size = columns.rows();
    const S scale = size == 0 ? S(1) : scale_for_squares(S(columns.cwiseAbs().maxCoeff()));
    if (scale != S(1)) columns *= scale;
    for (Eigen::Index k = 0; k < size; ++k) {
      S diagonal;
      columns.col(k).tail(size - k).makeHouseholderInPlace(coefficients_(k), diagonal);
      columns.bottomRightCorner(size - k, size - k - 1)
          .applyHouseholderOnTheLeft(columns.col(k).tail(size - k - 1), coefficients_(k), row_.data());
    }
    basis.setIdentity();
    for (Eigen::Index k = size - 1; k >= 0; --k)
      basis.bottomRightCorner(size - k, size - k)
          .applyHouseholderOnTheLeft(columns.col(k).tail(size - k - 1), coefficients_(k), row_.data());
  }

 private:
  Matrix coefficients_, row_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
