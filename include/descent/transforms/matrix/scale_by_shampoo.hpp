// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/linalg/side_products.hpp>
#include <descent/transforms/matrix/shampoo_side.hpp>

namespace descent {

/// Multiplies the update matrix from both sides by inverse roots of its summed outer products.
///
///   L = beta L + w G G^T,   R = beta R + w G^T G      w = 1, or 1 - beta if beta < 1
///   U = L^(-exponent) G R^(-exponent),   from L = R = epsilon I
///   a vector: U = L^(-2 exponent) g
///
/// Memory: for r rows and c columns 2 r^2 + 2 c^2, 1 value a parameter with feedback; scratch for 2 blocks
/// and 2 r^2 + 2 c^2. Passes: as a rule of whole matrices, 4 products, and 2 eigenvalue problems at each
/// refresh. Shapes: any; a vector type has one side.
/// If a statistic is not finite, its root does not change. Errors: std::invalid_argument for an option out of
/// its range.
/// Source: Gupta, Koren & Singer 2018, arXiv:1802.09568, Algorithm 1 and (diagonals) section 5; beta: Anil
/// et al. 2020, arXiv:2002.09018.
/// Differs from: pytorch_optimizer, which has exponent 1/2, one_after_the_other and feedback.
struct ScaleByShampoo {
  double epsilon = 1e-4;             ///< initial diagonal of L and R, not negative
  double exponent = 0.25;            ///< of the inverse roots, greater than 0
  Schedule beta = 1.0;               ///< 1 for sums, below 1 the decay of averages; in (0, 1]
  int refresh_every = 1;             ///< steps between two computations of the roots, at least 1
  bool refresh_at_first = true;      ///< false: the update is 0 until step number refresh_every
  Eigen::Index max_side = 1200;      ///< longer sides have only diagonals of L or R; at least 1
  bool one_after_the_other = false;  ///< R sums (L^(-exponent) G)^T (L^(-exponent) G)
  Schedule feedback = 0.0;           ///< G = (1 - feedback) g + feedback U from the second step on, in [0, 1)
  Schedule weight_decay = 0.0;       ///< added to G after the feedback, not negative

  static constexpr RuleTraits traits{
      .takes_vectors = true, .has_workspace_state = true, .compares_workspace = true};

  template <class Matrix>
  struct Workspace {
    detail::ShampooSide<Matrix> left, right;
    Matrix momentum_buffer;  // only with feedback
    Matrix half, whole;
    simd::Product<typename Matrix::Scalar> product;
    bool has_right = false;
  };

  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    const Eigen::Index rows = shape.is_vector ? shape.rows * shape.columns : shape.rows;
    const Eigen::Index columns = shape.is_vector ? 1 : shape.columns;
    work.has_right = !shape.is_vector;
    work.left.prepare(rows, max_side, epsilon);
    if (work.has_right) work.right.prepare(columns, max_side, epsilon);
    if (!is_always_zero(feedback)) work.momentum_buffer.setZero(rows, columns);
    work.half.resize(rows, columns);
    work.whole.resize(rows, columns);
    detail::prepare_side_products(work.product, rows, columns, work.left.diagonal ? 0 : rows,
                                  work.right.diagonal ? 0 : columns);
  }

  template <class Matrix, class F>
  static void for_each_state(Workspace<Matrix>& work, F& f) {
    f("pre_cond_0", work.left.statistic);
    f("inv_pre_cond_0", work.left.root);
    if (work.has_right) {
      f("pre_cond_1", work.right.statistic);
      f("inv_pre_cond_1", work.right.root);
    }
    if (work.momentum_buffer.size() > 0) f("momentum_buffer", work.momentum_buffer);
  }

  bool keeps_state_of(const ScaleByShampoo& other) const {
    return max_side == other.max_side && is_always_zero(feedback) == is_always_zero(other.feedback);
  }

  template <class Update, class Parameters, class Matrix>
  void transform(Update& update, const Parameters& parameters, Workspace<Matrix>& work, Step step) const {
    if (update.size() == 0) return;
    mix(update, parameters, work, step);
    if (work.has_right) {
      precondition(update, work, step);
    } else {
      Eigen::Map<Matrix> column(update.data(), update.size(), 1);
      precondition(column, work, step);
    }
  }

  void check(const Check& check) const {
    check("epsilon", epsilon, legal::non_negative);
    check("exponent", exponent, legal::positive);
    check("beta", beta, {.low = 0, .high = 1, .high_is_open = false});
    check("refresh_every", refresh_every, legal::at_least(1));
    check("max_side", static_cast<double>(max_side), legal::at_least(1));
    check("feedback", feedback, legal::decay_rate);
    check("weight_decay", weight_decay, legal::non_negative);
  }

 private:
  /// Adds the feedback of the last direction, then weight decay.
  template <class Update, class Parameters, class Matrix>
  void mix(Update& update, const Parameters& parameters, const Workspace<Matrix>& work, Step step) const {
    using S = typename Matrix::Scalar;
    if (work.momentum_buffer.size() > 0 && !step.is_first()) {
      const auto m = static_cast<S>(feedback(step.index));
      const Eigen::Map<const Matrix> last(work.momentum_buffer.data(), update.rows(), update.cols());
      update = (S(1) - m) * update + m * last;
    }
    const auto decay = static_cast<S>(weight_decay(step.index));
    if (decay != S(0)) update += decay * parameters.matrix();
  }

  template <class Update, class Matrix>
  void precondition(Update& update, Workspace<Matrix>& work, Step step) const {
    using S = typename Matrix::Scalar;
    const double b = beta(step.index);
    const S keep = static_cast<S>(b), weight = static_cast<S>(b < 1 ? 1 - b : 1);
    const bool due =
        refresh_at_first ? step.taken() % refresh_every == 0 : (step.taken() + 1) % refresh_every == 0;
    const double power = work.has_right ? exponent : 2 * exponent;
    work.left.observe(update, keep, weight, work.product);
    if (due) work.left.refresh(power, work.product);
    work.left.apply(work.half, update, work.product);
    if (work.has_right) {
      if (one_after_the_other) {
        work.right.observe(work.half.transpose(), keep, weight, work.product);
      } else {
        work.right.observe(update.transpose(), keep, weight, work.product);
      }
      if (due) work.right.refresh(power, work.product);
      work.right.apply_from_right(work.whole, work.half, work.product);
      update = work.whole;
    } else {
      update = work.half;
    }
    if (work.momentum_buffer.size() > 0) work.momentum_buffer = update;
  }
};

}  // namespace descent
