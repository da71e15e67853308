// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/rule.hpp>
#include <descent/linalg/inverse_root.hpp>
#include <descent/linalg/mirror_lower.hpp>
#include <descent/linalg/pack_product.hpp>

namespace descent::detail {

/// The factor Q of ScaleByKron for one side of a block: upper triangular, or a diagonal as a column.
template <class Matrix>
struct KronSide {
  using S = typename Matrix::Scalar;

  Matrix factor;
  Matrix of_gradient, of_noise;  // scratch: the outer products that the fit makes equal
  Matrix row;                    // scratch
  bool diagonal = false;

  void prepare(Eigen::Index size, bool is_diagonal, double scale) {
    diagonal = is_diagonal;
    const Eigen::Index columns = diagonal ? 1 : size;
    factor.setZero(size, columns);
    if (diagonal) {
      factor.setConstant(static_cast<S>(scale));
    } else {
      factor.diagonal().setConstant(static_cast<S>(scale));
      row.resize(size, 2);
    }
    of_gradient.resize(size, columns);
    of_noise.resize(size, columns);
  }

  /// result = Q x.
  template <class X, class Result>
  void apply(Result& result, const X& x, simd::Product<S>& product) const {
    if (diagonal) {
      result = factor.col(0).asDiagonal() * x;
    } else {
      product.multiply(result, S(1), factor, x);
    }
  }
  /// result = Q^T x.
  template <class X, class Result>
  void apply_transposed(Result& result, const X& x, simd::Product<S>& product) const {
    if (diagonal) {
      result = factor.col(0).asDiagonal() * x;
    } else {
      product.multiply(result, S(1), factor.transpose(), x);
    }
  }
  /// result = x Q^T.
  template <class X, class Result>
  void apply_transposed_from_right(Result& result, const X& x, simd::Product<S>& product) const {
    if (diagonal) {
      result = x * factor.col(0).asDiagonal();
    } else {
      product.multiply(result, S(1), x, factor.transpose());
    }
  }
  /// result = x Q.
  template <class X, class Result>
  void apply_from_right(Result& result, const X& x, simd::Product<S>& product) const {
    if (diagonal) {
      result = x * factor.col(0).asDiagonal();
    } else {
      product.multiply(result, S(1), x, factor);
    }
  }

  /// x = Q^(-T) x.
  void solve_transposed(Matrix& x) const {
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      for (Eigen::Index i = 0; i < x.rows(); ++i) {
        const S known = diagonal ? S(0) : factor.col(i).head(i).dot(x.col(j).head(i));
        x(i, j) = (x(i, j) - known) / (diagonal ? factor(i) : factor(i, i));
      }
    }
  }
  /// x = x Q^(-1).
  void solve_from_right(Matrix& x) const {
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
      for (Eigen::Index k = 0; !diagonal && k < j; ++k) x.col(j) -= factor(k, j) * x.col(k);
      x.col(j) /= diagonal ? factor(j) : factor(j, j);
    }
  }

  /// Changes Q so that the outer products of `gradient` and `noise` get closer. If anything is not finite, Q
  /// does not change.
  template <class G, class N>
  void adapt(const G& gradient, const N& noise, double rate, simd::Product<S>& product) {
    if (diagonal) return adapt_diagonal(gradient, noise, rate);
    of_gradient.setZero();
    of_noise.setZero();
    product.add_to_lower(of_gradient, S(1), gradient, gradient.transpose());
    product.add_to_lower(of_noise, S(1), noise, noise.transpose());
    mirror_lower(of_gradient);
    mirror_lower(of_noise);
    of_gradient += of_noise;
    const double norm = norm_bound(of_gradient);
    if (!(norm > 0)) return;
    of_gradient -= S(2) * of_noise;
    of_gradient.template triangularView<Eigen::StrictlyLower>().setZero();
    product.multiply(of_noise, saturate<S>(-rate / norm), of_gradient, factor);
    factor += of_noise;
  }

  double largest() const { return static_cast<double>(factor.cwiseAbs().maxCoeff()); }

 private:
  template <class G, class N>
  void adapt_diagonal(const G& gradient, const N& noise, double rate) {
    of_gradient.setZero();
    of_noise.setZero();
    for (Eigen::Index k = 0; k < gradient.cols(); ++k) {
      of_gradient.array() += gradient.col(k).array().square();
      of_noise.array() += noise.col(k).array().square();
    }
    if (!is_finite(static_cast<double>((of_gradient + of_noise).sum()))) return;
    const auto norm = static_cast<double>((of_gradient + of_noise).maxCoeff());
    if (!(norm > 0)) return;
    const S share = saturate<S>(rate / norm);
    factor.array() -= share * (of_gradient - of_noise).array() * factor.array();
  }

  /// A lower bound of the spectral norm of a symmetric matrix, as in PSGD: two steps of the power method from
  /// the longest column; 0 if it is not finite.
  double norm_bound(const Matrix& matrix) {
    if (!is_finite(static_cast<double>(matrix.sum()))) return 0;
    const S scale = matrix.cwiseAbs().maxCoeff();
    if (!(scale > S(0))) return 0;
    Eigen::Index longest = 0;
    S most = S(-1);
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
      const S length = (matrix.col(j) / scale).squaredNorm();
      if (length > most) most = length, longest = j;
    }
    for (Eigen::Index j = 0; j < matrix.cols(); ++j)
      row(j, 0) = (matrix.col(j) / scale).dot(matrix.col(longest) / scale);
    row.col(0) /= row.col(0).norm();
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) row(j, 1) = (matrix.col(j) / scale).dot(row.col(0));
    return static_cast<double>(scale) * static_cast<double>(row.col(1).norm());
  }
};

}  // namespace descent::detail
