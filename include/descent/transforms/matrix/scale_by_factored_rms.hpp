// SPDX-License-Identifier: MIT
#pragma once

#include <descent/wrappers/partition.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace descent {

/// Divides the update by the root of its average square, which is stored as a row and a column.
///
///   w = t^beta2_decay
///   R = (1 - w) R + w (mean of G^2 along each row)      C = (1 - w) C + w (mean along each column)
///   V = R C^T / max(mean(R), epsilon)                   U = G / max(sqrt(V), epsilon)
///   with epsilon_in_square: G^2 + epsilon in the means, no epsilon elsewhere
///   other blocks: V = (1 - w) V + w G^2, element by element
///
/// Memory: 1 value a row and 1 a column (and as much scratch), the update, 1 value a parameter in blocks
/// that are not factored. Passes: 3. Shapes: any; vector types are not factored.
/// If V is 0, the update is 0. Errors: std::invalid_argument for an option out of its range.
/// Source: Shazeer & Stern 2018, arXiv:1804.04235, Algorithms 2 and 4.
/// Differs from: the paper, Optax and Keras, which have epsilon_in_square with 1e-30; PyTorch as here.
struct ScaleByFactoredRms {
  double beta2_decay = -0.8;                     ///< not positive
  std::optional<double> epsilon = std::nullopt;  ///< smallest mean of R and smallest sqrt(V), not negative;
                                                 ///< by default the machine epsilon
  Eigen::Index min_size_to_factor = 1;  ///< smallest length of both sides of a factored matrix, at least 1
  bool epsilon_in_square = false;       ///< adds epsilon to G^2 instead

  auto chain() const;

  void check(const Check& check) const {
    check("beta2_decay", beta2_decay, {.high = 0, .high_is_open = false});
    check("epsilon", epsilon.value_or(0), legal::non_negative);
    check("min_size_to_factor", static_cast<double>(min_size_to_factor), legal::at_least(1));
  }
};

namespace detail {

/// The weight of new squares in Adafactor's averages, t^beta2_decay.
inline double adafactor_weight(Step step, double beta2_decay) { return std::pow(step.t(), beta2_decay); }

/// The average squares of a matrix as the product of one column and one row.
struct FactoredRms {
  double beta2_decay;
  std::optional<double> epsilon;
  bool epsilon_in_square;

  static constexpr RuleTraits traits{.has_workspace_state = true};

  template <class Matrix>
  struct Workspace {
    Matrix row_var, col_var;    // of every row, of every column
    Matrix row_root, col_root;  // their share in the denominator
  };
  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    work.row_var.setZero(shape.rows, 1);
    work.col_var.setZero(shape.columns, 1);
    work.row_root.resize(shape.rows, 1);
    work.col_root.resize(shape.columns, 1);
  }
  template <class Matrix, class F>
  static void for_each_state(Workspace<Matrix>& work, F& f) {
    f("row_var", work.row_var);
    f("col_var", work.col_var);
  }

  template <class Update, class Matrix>
  void transform(Update& update, Workspace<Matrix>& work, Step step) const {
    if (update.size() == 0) return;
    if constexpr (static_cast<bool>(Update::IsRowMajor)) {
      auto by_columns = update.transpose();
      average(by_columns, work.col_var, work.row_var, work, step);
      divide(by_columns, work.col_root, work.row_root);
    } else {
      average(update, work.row_var, work.col_var, work, step);
      divide(update, work.row_root, work.col_root);
    }
  }

 private:
  /// Updates the averages of `inner`, which is contiguous in memory, and of `outer`; then the roots.
  template <class Update, class Matrix>
  void average(const Update& update, Matrix& inner, Matrix& outer, Workspace<Matrix>& work, Step step) const {
    using S = typename Matrix::Scalar;
    const double weight = adafactor_weight(step, beta2_decay);
    const S added = epsilon_in_square ? smallest<S>() : S(0);
    inner *= static_cast<S>(1 - weight);
    for (Eigen::Index k = 0; k < update.cols(); ++k) {
      const auto squares = update.col(k).array().square() + added;
      inner.array() += static_cast<S>(weight / static_cast<double>(update.cols())) * squares;
      outer(k) = static_cast<S>(1 - weight) * outer(k) + static_cast<S>(weight) * squares.mean();
    }
    const S mean = work.row_var.mean();
    roots(work.row_root, work.row_var, epsilon_in_square ? mean : std::max(mean, smallest<S>()));
    roots(work.col_root, work.col_var, S(1));
  }

  template <class Matrix>
  static void roots(Matrix& root, const Matrix& var, typename Matrix::Scalar unit) {
    using std::sqrt;
    for (Eigen::Index k = 0; k < var.size(); ++k) {
      if (unit == 0)
        root(k) = 0;
      else
        root(k) = is_finite(static_cast<double>(unit)) ? sqrt(var(k) / unit) : unit;
    }
  }

  template <class Update, class Matrix>
  void divide(Update& update, const Matrix& inner, const Matrix& outer) const {
    using S = typename Matrix::Scalar;
    const S floor = epsilon_in_square ? S(0) : smallest<S>();
    for (Eigen::Index k = 0; k < update.cols(); ++k) {
      const auto denominator = (outer(k) * inner.col(0).array()).max(floor);
      auto column = update.col(k).array();
      column = (denominator == S(0) || column == S(0)).select(S(0), column / denominator);
    }
  }

  template <class S>
  S smallest() const {
    return epsilon.has_value() ? static_cast<S>(*epsilon) : std::numeric_limits<S>::epsilon();
  }
};

/// The average square of every element, with the decay of Adafactor.
struct UnfactoredRms {
  double beta2_decay;
  std::optional<double> epsilon;
  bool epsilon_in_square;

  DESCENT_STATE(variance)

  template <class S>
  struct Coefficients {
    S keep, weight, epsilon, in_square;
  };
  Coefficients<double> coefficients(Step step) const {
    const double weight = adafactor_weight(step, beta2_decay);
    return {1 - weight, weight, epsilon.value_or(-1), epsilon_in_square ? 1.0 : 0.0};
  }

  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    const V own = V(std::numeric_limits<typename V::Scalar>::epsilon());
    const V epsilon = select(c.epsilon < V(0), own, c.epsilon);
    state.variance = fma(c.keep, state.variance, c.weight * fma(c.in_square, epsilon, u * u));
    const V denominator = max(sqrt(state.variance), (V(1) - c.in_square) * epsilon);
    return divide_or_zero(u, denominator);
  }
};

/// Whether both sides of a matrix are at least `size` long.
struct SidesAtLeast {
  static constexpr bool may_match_nothing = true;
  Eigen::Index size;
  bool operator()(const BlockInfo& block) const {
    return block.is_matrix() && std::min(block.rows, block.columns) >= size;
  }
};

}  // namespace detail

inline auto ScaleByFactoredRms::chain() const {
  return partition(
      detail::SidesAtLeast{min_size_to_factor},
      detail::FactoredRms{
          .beta2_decay = beta2_decay, .epsilon = epsilon, .epsilon_in_square = epsilon_in_square},
      detail::UnfactoredRms{
          .beta2_decay = beta2_decay, .epsilon = epsilon, .epsilon_in_square = epsilon_in_square});
}

}  // namespace descent
