// SPDX-License-Identifier: MIT
#pragma once

#include <descent/linalg/mirror_lower.hpp>
#include <descent/linalg/orthonormal_basis.hpp>
#include <descent/linalg/pack_product.hpp>
#include <descent/linalg/scale_for_squares.hpp>
#include <descent/linalg/symmetric_eigen.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace descent::detail {

/// SOAP's state for one side of a block: the average of outer products, and approximately its eigenvectors.
template <class Matrix>
class SoapSide {
 public:
  using S = typename Matrix::Scalar;
  using Product = simd::Product<S>;

  Matrix gram, basis;

  /// Whether the side is rotated.
  bool rotates() const { return gram.size() > 0; }

  void prepare(Eigen::Index size, bool rotated) {
    if (!rotated) return;
    gram.setZero(size, size);
    basis.setZero(size, size);
    if (columns_.rows() == size) return;
    columns_.resize(size, size);
    eigen_.prepare(size);
    factor_.prepare(size);
    sizes_.resize(size, 1);
    order_.resize(static_cast<std::size_t>(size));
  }

  /// gram = beta gram + (1 - beta) update update^T.
  template <class Update>
  void observe(const Update& update, S beta, Product& product) {
    if (!rotates()) return;
    gram *= beta;
    product.add_to_lower(gram, 1 - beta, update, update.transpose());
    mirror_lower(gram);
  }

  /// Computes the eigenvectors, those of the largest eigenvalues first.
  void start() {
    if (!rotates()) return;
    if (eigen_.compute(gram)) {
      basis = eigen_.vectors().rowwise().reverse();
    } else {
      basis.setIdentity();
    }
  }

  /// One power iteration from the last basis, sorted by decreasing size; calls reorder(order) with the new
  /// order.
  template <class Reorder>
  void refresh(Product& product, Reorder reorder) {
    if (!rotates()) return;
    product.multiply(columns_, S(1), gram, basis);
    for (Eigen::Index k = 0; k < basis.cols(); ++k) sizes_(k) = basis.col(k).dot(columns_.col(k));
    if (!has_finite_entries(sizes_)) return;
    std::iota(order_.begin(), order_.end(), Eigen::Index(0));
    std::sort(order_.begin(), order_.end(), [&](Eigen::Index a, Eigen::Index b) {
      return sizes_(a) != sizes_(b) ? sizes_(a) > sizes_(b) : a < b;
    });
    for (Eigen::Index k = 0; k < basis.cols(); ++k)
      basis.col(k) = columns_.col(order_[static_cast<std::size_t>(k)]);
    columns_.swap(basis);
    factor_.compute(basis, columns_);
    reorder(std::as_const(order_));
  }

  /// result = basis^T matrix.
  void into_basis(Matrix& result, const Matrix& matrix, Product& product) const {
    rotates() ? product.multiply(result, S(1), basis.transpose(), matrix) : void(result = matrix);
  }
  /// result = matrix basis.
  void into_basis_from_right(Matrix& result, const Matrix& matrix, Product& product) const {
    rotates() ? product.multiply(result, S(1), matrix, basis) : void(result = matrix);
  }
  /// result = basis matrix.
  void out_of_basis(Matrix& result, const Matrix& matrix, Product& product) const {
    rotates() ? product.multiply(result, S(1), basis, matrix) : void(result = matrix);
  }
  /// result = matrix basis^T.
  void out_of_basis_from_right(Matrix& result, const Matrix& matrix, Product& product) const {
    rotates() ? product.multiply(result, S(1), matrix, basis.transpose()) : void(result = matrix);
  }

 private:
  Matrix columns_, sizes_;
  SymmetricEigen<Matrix> eigen_;
  OrthonormalBasis<Matrix> factor_;
  std::vector<Eigen::Index> order_;
};

}  // namespace descent::detail
