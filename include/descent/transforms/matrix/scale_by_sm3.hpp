// SPDX-License-Identifier: MIT
#pragma once

#include <descent/wrappers/partition.hpp>

#include <algorithm>

namespace descent {

/// Divides the update by the root of a bound on the sum of its squares, stored per row and per column.
///
///   V = min(r_i, c_j) + g_ij^2          U = G / sqrt(V + epsilon)
///   r_i = max V along the row           c_j = max V along the column
///   beta > 0: V = beta min(r_i, c_j) + (1 - beta) g_ij^2, and r, c never decrease
///
/// Memory: 1 value a row and 1 a column of a matrix (twice the longer of them for scratch), the update;
/// 1 value a parameter in vectors, for which this is Adagrad. Passes: 2. Shapes: any.
/// If V + epsilon is 0, the update is 0. Errors: std::invalid_argument for an option out of its range.
/// Source: Anil et al. 2019, arXiv:1901.11150, SM3-II.
struct ScaleBySm3 {
  Schedule beta = 0.0;     ///< 0 sums squares; above 0 it is the decay of their average, and bounds never
                           ///< decrease; in [0, 1]
  double epsilon = 1e-30;  ///< added inside the square root, not negative

  auto chain() const;
};

namespace detail {

/// The constants of SM3 at one step, and its formula for one element.
template <class V>
struct Sm3Formula {
  V keep, weight, epsilon;
  bool grows;  // whether bounds never decrease

  Sm3Formula(double beta, double epsilon_)
      : keep(beta > 0 ? beta : 1), weight(1 - beta), epsilon(epsilon_), grows(beta > 0) {}

  /// The bound on an element's sum of squares, from the bounds of its row and column.
  V bound(V g, V smaller) const { return keep * smaller + weight * (g * g); }
  V scaled(V g, V bound) const { return divide_or_zero(g, sqrt(bound + epsilon)); }
};

// The parts check their options, since only they are checked at each step if beta varies.
inline void check_sm3(const Check& check, const Schedule& beta, double epsilon) {
  check("beta", beta, legal::unit_interval);
  check("epsilon", epsilon, legal::non_negative);
}

/// SM3 of a matrix: one bound a row and one a column.
struct Sm3OfMatrix {
  Schedule beta;
  double epsilon;

  static constexpr RuleTraits traits{.has_workspace_state = true};

  template <class Matrix>
  struct Workspace {
    Matrix accumulator_0, accumulator_1;  // of every row, of every column
    Matrix next;
  };
  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    work.accumulator_0.setZero(shape.rows, 1);
    work.accumulator_1.setZero(shape.columns, 1);
    work.next.resize(std::max(shape.rows, shape.columns), 1);
  }
  template <class Matrix, class F>
  static void for_each_state(Workspace<Matrix>& work, F& f) {
    f("accumulator_0", work.accumulator_0);
    f("accumulator_1", work.accumulator_1);
  }

  template <class Update, class Matrix>
  void transform(Update& update, Workspace<Matrix>& work, Step step) const {
    using S = typename Matrix::Scalar;
    const Sm3Formula<simd::Pack<S>> formula(beta(step.index), epsilon);
    const bool by_rows = static_cast<bool>(Update::IsRowMajor);
    Matrix& inner = by_rows ? work.accumulator_1 : work.accumulator_0;
    Matrix& outer = by_rows ? work.accumulator_0 : work.accumulator_1;
    work.next.setZero();
    for (Eigen::Index k = 0; k < outer.size(); ++k) {
      const S largest = scale_line(formula, update.data() + k * inner.size(), inner, outer(k), work.next);
      outer(k) = formula.grows ? std::max(outer(k), largest) : largest;
    }
    for (Eigen::Index k = 0; k < inner.size(); ++k)
      inner(k) = formula.grows ? std::max(inner(k), work.next(k)) : work.next(k);
  }

  void check(const Check& check) const { check_sm3(check, beta, epsilon); }

 private:
  /// Processes one line of memory; returns its largest bound, and raises `next` to the bounds.
  template <class S, class Matrix>
  static S scale_line(const Sm3Formula<simd::Pack<S>>& formula, S* line, const Matrix& inner, S outer,
                      Matrix& next) {
    using V = simd::Pack<S>;
    V largest(0);
    for (Eigen::Index i = 0; i < inner.size(); i += V::size) {
      const int count = static_cast<int>(std::min<Eigen::Index>(V::size, inner.size() - i));
      const bool whole = count == V::size;
      const auto load = [&](const S* from) { return whole ? V::load(from) : V::load(from, count); };
      const auto store = [&](V value, S* to) { whole ? value.store(to) : value.store(to, count); };
      const V g = load(line + i), bound = formula.bound(g, min(load(inner.data() + i), V(outer)));
      largest = max(largest, bound);
      store(max(load(next.data() + i), bound), next.data() + i);
      store(formula.scaled(g, bound), line + i);
    }
    S lanes[V::size];
    largest.store(lanes);
    return *std::max_element(lanes, lanes + V::size);
  }
};

/// SM3 of a vector: each element has its own bound, the sum of its squares.
struct Sm3OfVector {
  Schedule beta;
  double epsilon;

  DESCENT_STATE(accumulator_0)

  template <class S>
  struct Coefficients {
    S beta, epsilon;
  };
  Coefficients<double> coefficients(Step step) const { return {beta(step.index), epsilon}; }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const auto grows = c.beta > V(0);
    const V bound = select(grows, c.beta, V(1)) * state.accumulator_0 + (V(1) - c.beta) * (u * u);
    state.accumulator_0 = select(grows, max(bound, state.accumulator_0), bound);
    return divide_or_zero(u, sqrt(bound + c.epsilon));
  }

  void check(const Check& check) const { check_sm3(check, beta, epsilon); }
};

}  // namespace detail

inline auto ScaleBySm3::chain() const {
  return partition(matrices, detail::Sm3OfMatrix{.beta = beta, .epsilon = epsilon},
                   detail::Sm3OfVector{.beta = beta, .epsilon = epsilon});
}

}  // namespace descent
