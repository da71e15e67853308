// SPDX-License-Identifier: MIT
#pragma once

#include <descent/linalg/inverse_root.hpp>
#include <descent/linalg/mirror_lower.hpp>
#include <descent/linalg/pack_product.hpp>

#include <Eigen/Core>

#include <cmath>

namespace descent::detail {

/// Shampoo's state for one side of a block: the sum of outer products, and its inverse root.
template <class Matrix>
struct ShampooSide {
  using S = typename Matrix::Scalar;

  Matrix statistic, root;  // square, or a column if the side is too long
  InverseRoot<Matrix> solver;
  bool diagonal = false;

  void prepare(Eigen::Index size, Eigen::Index largest, double epsilon) {
    diagonal = size > largest;
    statistic.setZero(size, diagonal ? 1 : size);
    root.setZero(size, diagonal ? 1 : size);
    if (diagonal) {
      statistic.setConstant(static_cast<S>(epsilon));
    } else {
      statistic.diagonal().setConstant(static_cast<S>(epsilon));
      solver.prepare(size);
    }
  }

  /// statistic = keep statistic + weight update update^T.
  template <class Update>
  void observe(const Update& update, S keep, S weight, simd::Product<S>& product) {
    statistic *= keep;
    if (!diagonal) {
      product.add_to_lower(statistic, weight, update, update.transpose());
      mirror_lower(statistic);
    } else {
      for (Eigen::Index k = 0; k < update.cols(); ++k)
        statistic.array() += weight * update.col(k).array().square();
    }
  }

  void refresh(double exponent, simd::Product<S>& product) {
    if (!diagonal) return solver.compute(root, statistic, exponent, product);
    for (Eigen::Index k = 0; k < root.size(); ++k) {
      const auto value = static_cast<double>(statistic(k));
      root(k) = saturate<S>(value > 0 ? std::pow(value, -exponent) : 0);
    }
  }

  /// result = root update.
  template <class Update, class Result>
  void apply(Result&& result, const Update& update, simd::Product<S>& product) const {
    if (diagonal) {
      result = root.col(0).asDiagonal() * update;
    } else {
      product.multiply(result, S(1), root, update);
    }
  }
  /// result = update root.
  template <class Update, class Result>
  void apply_from_right(Result&& result, const Update& update, simd::Product<S>& product) const {
    if (diagonal) {
      result = update * root.col(0).asDiagonal();
    } else {
      product.multiply(result, S(1), update, root);
    }
  }
};

}  // namespace descent::detail
