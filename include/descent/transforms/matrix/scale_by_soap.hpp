// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/linalg/side_products.hpp>
#include <descent/transforms/matrix/soap_side.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace descent {

namespace detail {
/// v = keep v + weight g^2, m = m / (sqrt(v) + epsilon), element by element; all of one length.
template <class S>
void scale_in_basis(Eigen::Index size, S* m, S* v, const S* g, S keep, S weight, S epsilon) {
  using V = simd::Pack<S>;
  for (Eigen::Index i = 0; i < size; i += V::size) {
    const int count = static_cast<int>(std::min<Eigen::Index>(V::size, size - i));
    const bool whole = count == V::size;
    const auto load = [&](const S* from) { return whole ? V::load(from) : V::load(from, count); };
    const auto store = [&](V value, S* to) { whole ? value.store(to) : value.store(to, count); };
    const V gradient = load(g + i), square = V(keep) * load(v + i) + V(weight) * (gradient * gradient);
    store(square, v + i);
    store(divide_or_zero(load(m + i), sqrt(square) + V(epsilon)), m + i);
  }
}
}  // namespace detail

/// Adam in the eigenbasis of Shampoo's matrices.
///
///   L = b L + (1 - b) G G^T,   R = b R + (1 - b) G^T G      b = preconditioner_beta
///   M = beta1 M + (1 - beta1) G
///   V = beta2 V + (1 - beta2) (Q_L^T G Q_R)^2
///   U = Q_L ((Q_L^T M Q_R) / (sqrt(V) + epsilon)) Q_R^T sqrt(1 - beta2^t) / (1 - beta1^t)
///   every refresh_every steps: Q_L = QR(L Q_L), columns by decreasing size, likewise Q_R, with V reordered
///
/// The first step only computes the bases; its update is 0.
/// Memory: 2 values a parameter, for r rows and c columns 2 r^2 + 2 c^2; scratch for 4 blocks, r^2 + c^2 and
/// two eigenvalue problems. Passes: as a rule of whole matrices, 8 products, and 2 QR decompositions at each
/// refresh. Shapes: any. If a matrix is not finite, its basis does not change.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Vyas et al. 2024, arXiv:2409.11321, Algorithm 3.
/// Differs from: nothing in pytorch_optimizer.
struct ScaleBySoap {
  Schedule beta1 = 0.95;   ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.95;   ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;   ///< added to the denominator, not negative
  int refresh_every = 10;  ///< steps between two refreshes of the bases, at least 1
  std::optional<double> preconditioner_beta = std::nullopt;  ///< b, in [0, 1); by default beta2
  Eigen::Index max_side = 10000;                             ///< longer sides are not rotated; at least 1
  bool rotate_vectors = false;                               ///< vectors have one basis
  bool correct_bias = true;                                  ///< divides the moments by 1 - beta^t
  bool normalize = false;  ///< U / (rms(U) + epsilon), before the bias correction

  static constexpr RuleTraits traits{
      .takes_vectors = true, .has_workspace_state = true, .compares_workspace = true};

  struct RuleState {
    double beta1_power = 1, beta2_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta1_power = next_power(rule_state.beta1_power, beta1(step.index));
    rule_state.beta2_power = next_power(rule_state.beta2_power, beta2(step.index));
  }

  template <class Matrix>
  struct Workspace {
    Matrix exp_avg, exp_avg_sq;
    detail::SoapSide<Matrix> left, right;
    Matrix gradient, rotated, direction, half;
    simd::Product<typename Matrix::Scalar> product;
    bool is_vector = false;
  };

  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    const Eigen::Index rows = shape.is_vector ? shape.rows * shape.columns : shape.rows;
    const Eigen::Index columns = shape.is_vector ? 1 : shape.columns;
    work.is_vector = shape.is_vector;
    work.exp_avg.setZero(rows, columns);
    work.exp_avg_sq.setZero(rows, columns);
    for (Matrix* scratch : {&work.gradient, &work.rotated, &work.direction, &work.half})
      scratch->resize(rows, columns);
    work.left.prepare(rows, rows <= max_side && (!shape.is_vector || rotate_vectors));
    work.right.prepare(columns, columns <= max_side && !shape.is_vector);
    detail::prepare_side_products(work.product, rows, columns, work.left.gram.rows(), work.right.gram.rows());
  }

  template <class Matrix, class F>
  static void for_each_state(Workspace<Matrix>& work, F& f) {
    f("exp_avg", work.exp_avg);
    f("exp_avg_sq", work.exp_avg_sq);
    if (work.left.rotates()) {
      f("GG_0", work.left.gram);
      f("Q_0", work.left.basis);
    }
    if (work.right.rotates()) {
      f("GG_1", work.right.gram);
      f("Q_1", work.right.basis);
    }
  }

  bool keeps_state_of(const ScaleBySoap& other) const {
    return max_side == other.max_side && rotate_vectors == other.rotate_vectors;
  }

  template <class Update, class Parameters, class Matrix>
  void transform(Update& update, const Parameters&, Workspace<Matrix>& work, Step step,
                 const RuleState& rule_state) const {
    if (update.size() == 0) return;
    if (work.is_vector) {
      Eigen::Map<Matrix> column(update.data(), update.size(), 1);
      take_step(column, work, step, rule_state);
    } else {
      take_step(update, work, step, rule_state);
    }
  }

  void check(const Check& check) const {
    check("beta1", beta1, legal::decay_rate);
    check("beta2", beta2, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("refresh_every", refresh_every, legal::at_least(1));
    check("preconditioner_beta", preconditioner_beta.value_or(0), legal::decay_rate);
    check("max_side", static_cast<double>(max_side), legal::at_least(1));
  }

 private:
  template <class Update, class Matrix>
  void take_step(Update& update, Workspace<Matrix>& work, Step step, const RuleState& rule_state) const {
    work.gradient = update;
    if (step.is_first()) {
      observe(work, step);
      work.left.start();
      work.right.start();
      update -= work.gradient;  // 0, but NaN and infinity become NaN
    } else {
      direct(work, step);
      update = scale(work.direction, rule_state) * work.direction;
      observe(work, step);
    }
    if ((step.taken() + 1) % refresh_every == 0) refresh(work);
  }

  template <class Matrix>
  void observe(Workspace<Matrix>& work, Step step) const {
    using S = typename Matrix::Scalar;
    const S beta = static_cast<S>(preconditioner_beta.has_value() ? *preconditioner_beta : beta2(step.index));
    work.left.observe(work.gradient, beta, work.product);
    work.right.observe(work.gradient.transpose(), beta, work.product);
  }

  /// Adam's direction in the rotated space, rotated back.
  template <class Matrix>
  void direct(Workspace<Matrix>& work, Step step) const {
    using S = typename Matrix::Scalar;
    const double b1 = beta1(step.index), b2 = beta2(step.index);
    work.exp_avg = static_cast<S>(b1) * work.exp_avg + static_cast<S>(1 - b1) * work.gradient;
    rotate(work.rotated, work.gradient, work);
    rotate(work.direction, work.exp_avg, work);
    detail::scale_in_basis(work.exp_avg.size(), work.direction.data(), work.exp_avg_sq.data(),
                           work.rotated.data(), static_cast<S>(b2), static_cast<S>(1 - b2),
                           static_cast<S>(epsilon));
    rotate_back(work.direction, work);
  }

  /// result = Q_L^T matrix Q_R.
  template <class Matrix>
  static void rotate(Matrix& result, const Matrix& matrix, Workspace<Matrix>& work) {
    work.left.into_basis(work.half, matrix, work.product);
    work.right.into_basis_from_right(result, work.half, work.product);
  }
  /// matrix = Q_L matrix Q_R^T.
  template <class Matrix>
  static void rotate_back(Matrix& matrix, Workspace<Matrix>& work) {
    work.left.out_of_basis(work.half, matrix, work.product);
    work.right.out_of_basis_from_right(matrix, work.half, work.product);
  }

  template <class Matrix>
  auto scale(const Matrix& direction, const RuleState& rule_state) const {
    double factor = 1;
    if (normalize) {
      const double squares = direction.template cast<double>().squaredNorm();
      const double size = std::sqrt(squares / static_cast<double>(direction.size())) + epsilon;
      factor = size == 0 ? 0 : 1 / size;
    }
    if (correct_bias) factor *= std::sqrt(1 - rule_state.beta2_power) / (1 - rule_state.beta1_power);
    return detail::saturate<typename Matrix::Scalar>(factor);
  }

  template <class Matrix>
  static void refresh(Workspace<Matrix>& work) {
    Matrix& squares = work.exp_avg_sq;
    work.left.refresh(work.product, [&](const std::vector<Eigen::Index>& order) {
      work.half = squares;
      for (std::size_t k = 0; k < order.size(); ++k)
        squares.row(static_cast<Eigen::Index>(k)) = work.half.row(order[k]);
    });
    work.right.refresh(work.product, [&](const std::vector<Eigen::Index>& order) {
      work.half = squares;
      for (std::size_t k = 0; k < order.size(); ++k)
        squares.col(static_cast<Eigen::Index>(k)) = work.half.col(order[k]);
    });
  }
};

}  // namespace descent
