// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/linalg/side_products.hpp>
#include <descent/transforms/gradient/add_noise.hpp>
#include <descent/transforms/matrix/kron_side.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace descent {

namespace detail {
/// How often PSGD fits the preconditioner: at first at every step, then less and less often, down to 3 % of
/// the steps.
inline double annealed_share(std::int64_t step) {
  return std::clamp(std::exp(-1e-3 * (static_cast<double>(step) - 500)), 0.03, 1.0);
}
}  // namespace detail

/// Whitens the update matrix: multiplies it from both sides by factors that are fitted during training
/// (PSGD).
///
///   U = Q1^T Q1 G Q2^T Q2
///   at a share of the steps, with normal noise V:
///     A = Q1 G Q2^T,   B = Q1^(-T) V Q2^(-1)
///     Q1 = Q1 - rate / |A A^T + B B^T| triu(A A^T - B B^T) Q1
///     Q2 = Q2 - rate / |A^T A + B^T B| triu(A^T A - B^T B) Q2,   with a lower bound of the spectral norms
///
/// Every hundredth fit scales Q1 and Q2 to the same size. They do not change if the gradient is 0 or not
/// finite.
/// Memory: for r rows and c columns r^2 + c^2; scratch for 3 blocks and 2 r^2 + 2 c^2. Passes: as a rule of
/// whole matrices, 4 products, and 6 more with 2 triangular systems if the step fits the factors. Shapes:
/// any; a vector type has one side.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Li 2018, arXiv:1512.04202, and 2022, arXiv:2211.04422 (the Lie group of triangular matrices).
/// Differs from: kron_torch, whose noise and times of balancing are random; here both are functions of the
/// seed and the step.
struct ScaleByKron {
  Schedule preconditioner_rate = 0.1;  ///< learning rate of the factors, in [0, 1)
  /// Share of the steps that fit the factors, in (0, 1]; by default 1 for 500 steps, then it falls to 0.03.
  Schedule fitted_share = [](std::int64_t step) { return detail::annealed_share(step); };
  Eigen::Index max_side = 8192;  ///< longer sides, and vectors, have a diagonal; at least 1
  double initial_scale = 1;      ///< Q1 = Q2 = initial_scale I before the first step; greater than 0
  std::uint64_t seed = 0;        ///< of the noise, which is a function of seed, step, block and index

  static constexpr RuleTraits traits{
      .takes_vectors = true, .has_workspace_state = true, .compares_workspace = true};

  struct RuleState {
    double due = 0;  // shares of steps since the factors were fitted
    std::int64_t fits = 0;
    bool fits_now = false;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.due += fitted_share(step.index);
    rule_state.fits_now = rule_state.due >= 1 - 1e-9;
    if (!rule_state.fits_now) return;
    rule_state.due = std::max(0.0, rule_state.due - 1);
    ++rule_state.fits;
  }

  template <class Matrix>
  struct Workspace {
    detail::KronSide<Matrix> left, right;
    Matrix scaled, noise, half;
    simd::Product<typename Matrix::Scalar> product;
    std::uint64_t block = 0;
    bool has_right = false;
  };

  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    const Eigen::Index rows = shape.is_vector ? shape.rows * shape.columns : shape.rows;
    const Eigen::Index columns = shape.is_vector ? 1 : shape.columns;
    work.has_right = !shape.is_vector;
    work.block = static_cast<std::uint64_t>(shape.index);
    work.left.prepare(rows, shape.is_vector || rows > max_side, initial_scale);
    if (work.has_right) work.right.prepare(columns, columns > max_side, initial_scale);
    for (Matrix* scratch : {&work.scaled, &work.noise, &work.half}) scratch->resize(rows, columns);
    detail::prepare_side_products(work.product, rows, columns, work.left.diagonal ? 0 : rows,
                                  work.right.diagonal ? 0 : columns);
  }

  template <class Matrix, class F>
  static void for_each_state(Workspace<Matrix>& work, F& f) {
    f("factor_0", work.left.factor);
    if (work.has_right) f("factor_1", work.right.factor);
  }

  bool keeps_state_of(const ScaleByKron& other) const { return max_side == other.max_side; }

  template <class Update, class Parameters, class Matrix>
  void transform(Update& update, const Parameters&, Workspace<Matrix>& work, Step step,
                 const RuleState& rule_state) const {
    if (update.size() == 0) return;
    if (work.has_right) {
      precondition(update, work, step, rule_state);
    } else {
      Eigen::Map<Matrix> column(update.data(), update.size(), 1);
      precondition(column, work, step, rule_state);
    }
  }

  void check(const Check& check) const {
    check("preconditioner_rate", preconditioner_rate, legal::decay_rate);
    check("fitted_share", fitted_share, {.low = 0, .high = 1, .high_is_open = false});
    check("max_side", static_cast<double>(max_side), legal::at_least(1));
    check("initial_scale", initial_scale, legal::positive);
  }

 private:
  template <class Update, class Matrix>
  void precondition(Update& update, Workspace<Matrix>& work, Step step, const RuleState& rule_state) const {
    if (rule_state.fits_now) fit(update, work, step, rule_state.fits % 100 == 0);
    work.left.apply(work.half, update, work.product);
    work.left.apply_transposed(work.scaled, work.half, work.product);
    if (work.has_right) {
      work.right.apply_transposed_from_right(work.half, work.scaled, work.product);
      work.right.apply_from_right(work.scaled, work.half, work.product);
    }
    update = work.scaled;
  }

  template <class Update, class Matrix>
  void fit(const Update& update, Workspace<Matrix>& work, Step step, bool balances) const {
    const double rate = preconditioner_rate(step.index);
    work.left.apply(work.half, update, work.product);
    if (work.has_right) {
      work.right.apply_transposed_from_right(work.scaled, work.half, work.product);
    } else {
      work.scaled = work.half;
    }
    if (work.scaled.isZero(0) || !is_finite(static_cast<double>(work.scaled.sum()))) return;
    draw(work, step);
    work.left.solve_transposed(work.noise);
    if (work.has_right) work.right.solve_from_right(work.noise);
    work.left.adapt(work.scaled, work.noise, rate, work.product);
    if (work.has_right) work.right.adapt(work.scaled.transpose(), work.noise.transpose(), rate, work.product);
    if (balances && work.has_right) balance(work);
  }

  template <class Matrix>
  void draw(Workspace<Matrix>& work, Step step) const {
    const auto rows = static_cast<std::uint64_t>(work.noise.rows());
    for (Eigen::Index j = 0; j < work.noise.cols(); ++j) {
      for (Eigen::Index i = 0; i < work.noise.rows(); ++i) {
        const auto element = static_cast<std::uint64_t>(i) + static_cast<std::uint64_t>(j) * rows;
        work.noise(i, j) = static_cast<typename Matrix::Scalar>(
            detail::normal_number(seed, work.block, element, static_cast<std::uint64_t>(step.index)));
      }
    }
  }

  /// Makes the largest entries of both factors equal without changing the product.
  template <class Matrix>
  static void balance(Workspace<Matrix>& work) {
    using S = typename Matrix::Scalar;
    const double left = work.left.largest(), right = work.right.largest();
    const double ratio = std::sqrt(right / left);
    if (!(ratio > 0) || !is_finite(ratio)) return;
    work.left.factor *= static_cast<S>(ratio);
    work.right.factor /= static_cast<S>(ratio);
  }
};

}  // namespace descent
