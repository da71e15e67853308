// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/linalg/mirror_lower.hpp>
#include <descent/linalg/pack_product.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace descent {

/// How the update of Muon is scaled for a matrix of r rows (outputs) and c columns (inputs).
enum class MuonScale {
  /// sqrt(max(1, r / c)) (Jordan; PyTorch's "original")
  original,
  /// rms_factor sqrt(max(r, c)): the size of an update of AdamW (Moonlight; PyTorch's "match_rms_adamw")
  match_rms_adamw,
  /// sqrt(r / c) (PyTorch's "spectral_unclamped")
  spectral_unclamped,
  /// sqrt(max(1, c / r)): `original` for weights whose columns are the outputs (Optax)
  original_for_output_columns,
  /// 1
  none
};

/// Replaces the update matrix by the nearest one with orthonormal rows or columns, approximately.
///
///   X = U / (safety_factor |U|), transposed if it has more rows than columns
///   X = a X + (b G + c G^2) X,   G = X X^T,   `steps` times (Newton-Schulz)
///   U = scale X
///
/// Memory: 2 matrices of the block's size, 2 of its smaller side, squared, and the products' buffers;
/// nothing to save.
/// Passes: as a rule of whole matrices, 3 products per iteration; those of G and G^2 take half the work,
/// since they are symmetric. Shapes: matrices.
/// Errors: std::invalid_argument for an option out of its range; a vector block does not compile; if a
/// selector chose it, it is rejected.
/// Source: Jordan et al. 2024, "Muon"; Bernstein & Newhouse 2024, arXiv:2409.20325.
/// Differs from: all others, which iterate in bfloat16; here the iteration uses the element type.
struct Orthogonalize {
  int steps = 5;  ///< iterations of Newton and Schulz, at least 1
  /// Triples (a, b, c), one per iteration; the last one is repeated. Finite.
  std::vector<std::array<double, 3>> coefficients = {{3.4445, -4.775, 2.0315}};
  double epsilon = 1e-7;                  ///< smallest |U|, not negative
  bool add_epsilon = false;               ///< |U| + epsilon instead
  double safety_factor = 1;               ///< factor on |U|, at least 1
  MuonScale scale = MuonScale::original;  ///< how the update is scaled
  double rms_factor = 0.2;                ///< for match_rms_adamw, greater than 0

  template <class Matrix>
  struct Workspace {
    Matrix x, next, gram, polynomial;
    simd::Product<typename Matrix::Scalar> product;
    void resize(Eigen::Index rows, Eigen::Index columns) {
      const auto [small, large] = std::minmax(rows, columns);
      x.resize(small, large);
      next.resize(small, large);
      gram.resize(small, small);
      polynomial.resize(small, small);
      product.prepare(small, small, large);
      product.prepare(small, small, small);
      product.prepare(small, large, small);
    }
  };

  template <class Update, class Matrix>
  void transform(Update& update, Workspace<Matrix>& work, Step) const {
    using S = typename Matrix::Scalar;
    if (update.size() == 0) return;
    const bool tall = update.rows() > update.cols();
    const double norm = std::sqrt(update.template cast<double>().squaredNorm()) * safety_factor;
    const double size = add_epsilon ? norm + epsilon : std::max(norm, epsilon);
    const S inverse = detail::saturate<S>(size == 0 ? 0 : 1 / size);
    if (tall) {
      work.x = inverse * update.transpose();
    } else {
      work.x = inverse * update;
    }
    for (int k = 0; k < steps; ++k) iterate(work, triple(k));
    const S factor = static_cast<S>(scale_of(update.rows(), update.cols()));
    if (tall) {
      update = factor * work.x.transpose();
    } else {
      update = factor * work.x;
    }
  }

  void check(const Check& check) const {
    check("steps", steps, legal::at_least(1));
    check.that(!coefficients.empty(), "coefficients is empty, must hold at least one triple");
    for (const auto& [a, b, c] : coefficients)
      check.that(legal::finite.contains(a) && legal::finite.contains(b) && legal::finite.contains(c),
                 "coefficients must be finite");
    check("epsilon", epsilon, legal::non_negative);
    check("safety_factor", safety_factor, legal::at_least(1));
    check("rms_factor", rms_factor, legal::positive);
  }

 private:
  const std::array<double, 3>& triple(int k) const {
    return coefficients[std::min(static_cast<std::size_t>(k), coefficients.size() - 1)];
  }

  template <class Matrix>
  static void iterate(Workspace<Matrix>& work, const std::array<double, 3>& triple) {
    using S = typename Matrix::Scalar;
    const auto [a, b, c] =
        std::array{static_cast<S>(triple[0]), static_cast<S>(triple[1]), static_cast<S>(triple[2])};
    work.gram.setZero();
    work.product.add_to_lower(work.gram, S(1), work.x, work.x.transpose());
    detail::mirror_lower(work.gram);
    work.polynomial = b * work.gram;
    work.product.add_to_lower(work.polynomial, c, work.gram, work.gram);
    detail::mirror_lower(work.polynomial);
    for (Eigen::Index i = 0; i < work.polynomial.rows(); ++i) work.polynomial.coeffRef(i, i) += a;
    work.product.multiply(work.next, S(1), work.polynomial, work.x);
    work.x.swap(work.next);
  }

  double scale_of(Eigen::Index row_count, Eigen::Index column_count) const {
    const auto rows = static_cast<double>(row_count), columns = static_cast<double>(column_count);
    switch (scale) {
      case MuonScale::original:
        return std::sqrt(std::max(1.0, rows / columns));
      case MuonScale::match_rms_adamw:
        return rms_factor * std::sqrt(std::max(rows, columns));
      case MuonScale::spectral_unclamped:
        return std::sqrt(rows / columns);
      case MuonScale::original_for_output_columns:
        return std::sqrt(std::max(1.0, columns / rows));
      case MuonScale::none:
        break;
    }
    return 1;
  }
};

}  // namespace descent
