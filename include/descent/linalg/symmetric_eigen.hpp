// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/linalg/scale_for_squares.hpp>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <utility>

namespace descent::detail::inline DESCENT_BUILD {

/// Eigenvalues and eigenvectors of symmetric matrices; reuses its memory.
///
/// Eigen's solver allocates while it reduces to a tridiagonal matrix, but not after that.
template <class Matrix>
class SymmetricEigen {
 public:
  using S = typename Matrix::Scalar;

  void prepare(Eigen::Index size) {
    if (reduced_.rows() == size) return;
    reduced_.resize(size, size);
    vectors_.resize(size, size);
    row_.resize(size, 1);
    diagonal_.setZero(size);
    subdiagonal_.setZero(std::max<Eigen::Index>(size - 1, 0));
    coefficients_.resize(size);
    if (size == 0) return;
    Eigen::SelfAdjointEigenSolver<Matrix> solver(size);
    solver.computeFromTridiagonal(diagonal_, subdiagonal_);
    solver_ = std::move(solver);
  }

  /// Returns false if the matrix is not finite or the iteration fails; reads the lower triangle.
  bool compute(const Matrix& matrix) {
    if (!has_finite_entries(matrix)) return false;
    scale_ = matrix.size() == 0 ? S(1) : scale_for_squares(S(matrix.cwiseAbs().maxCoeff()));
    reduced_ = scale_ * matrix;
    reduce();
    solver_.computeFromTridiagonal(diagonal_, subdiagonal_);
    if (solver_.info() != Eigen::Success) return false;
    vectors_ = solver_.eigenvectors();
    for (Eigen::Index k = reduced_.rows() - 2; k >= 0; --k) {
      const Eigen::Index rest = reduced_.rows() - k - 1;
      vectors_.bottomRows(rest).applyHouseholderOnTheLeft(reduced_.col(k).tail(rest - 1), coefficients_(k),
                                                          row_.data());
    }
    return true;
  }

  /// Eigenvalue k, in increasing order.
  double value(Eigen::Index k) const {
    return static_cast<double>(solver_.eigenvalues()(k)) / static_cast<double>(scale_);
  }
  /// Column k belongs to value k.
  const Matrix& vectors() const { return vectors_; }
  Matrix& vectors() { return vectors_; }

 private:
  /// Reduces to a tridiagonal matrix by Householder reflections, which are stored below it.
  void reduce() {
    const Eigen::Index size = reduced_.rows();
    for (Eigen::Index k = 0; k + 1 < size; ++k) {
      const Eigen::Index rest = size - k - 1;
      auto column = reduced_.col(k).tail(rest);
      auto other = coefficients_.tail(rest);
      auto below = reduced_.bottomRightCorner(rest, rest).template selfadjointView<Eigen::Lower>();
      S factor;
      column.makeHouseholderInPlace(factor, subdiagonal_(k));
      column(0) = 1;
      other.noalias() = below * (factor * column);
      other += (S(-0.5) * factor * other.dot(column)) * column;
      below.rankUpdate(column, other, S(-1));
      coefficients_(k) = factor;
    }
    diagonal_ = reduced_.diagonal();
  }

  using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;
  // Initialised because a default-constructed solver must not be copied: its status has no value.
  Eigen::SelfAdjointEigenSolver<Matrix> solver_{Matrix::Identity(1, 1)};
  Matrix reduced_, vectors_, row_;
  Vector diagonal_, subdiagonal_, coefficients_;
  S scale_ = S(1);
};

}  // namespace descent::detail::inline DESCENT_BUILD
