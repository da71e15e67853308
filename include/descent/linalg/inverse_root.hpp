// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/linalg/mirror_lower.hpp>
#include <descent/linalg/pack_product.hpp>
#include <descent/linalg/symmetric_eigen.hpp>

#include <cmath>

namespace descent::detail::inline DESCENT_BUILD {

/// A^(-exponent) of symmetric positive semidefinite matrices; reuses its memory.
template <class Matrix>
class InverseRoot {
 public:
  using S = typename Matrix::Scalar;

  void prepare(Eigen::Index size) { eigen_.prepare(size); }

  /// root = matrix^(-exponent); omits directions whose eigenvalue is not positive. If the eigenvalues cannot
  /// be computed (the matrix is not finite), the root stays unchanged.
  void compute(Matrix& root, const Matrix& matrix, double exponent, simd::Product<S>& product) {
    if (!eigen_.compute(matrix)) return;
    Matrix& vectors = eigen_.vectors();
    for (Eigen::Index k = 0; k < vectors.cols(); ++k) {
      // The square root of the factor on both sides keeps the product symmetric.
      const double value = eigen_.value(k);
      vectors.col(k) *= saturate<S>(value > 0 ? std::pow(value, -exponent / 2) : 0);
    }
    root.setZero();
    product.add_to_lower(root, S(1), vectors, vectors.transpose());
    mirror_lower(root);
  }

 private:
  SymmetricEigen<Matrix> eigen_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
