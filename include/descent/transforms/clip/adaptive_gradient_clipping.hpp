// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace descent {

/// Which part of a matrix is a unit, that is, the weights of one output.
enum class Units {
  /// Rows: outputs of y = W x.
  rows,
  /// Columns: outputs of y = x W.
  columns
};

/// Clips the update of each unit to a norm that is proportional to the norm of the unit's weights.
///
///   most = max_ratio max(|p|, min_norm)
///   u = u most / max(|u|, 1e-6) if |u| > most,   norms over the unit
///
/// A unit is a row of a matrix; a vector type, or a block with one row or one column, is a single unit. Place
/// this rule at the head of a chain. It needs whole blocks, so rules that measure the tree or compare with
/// the gradient must come before it.
/// Memory: 2 numbers a unit, nothing to save. Passes: 2 over the block, as a rule of whole matrices. Shapes:
/// any. Norms are summed in double, in an order that does not depend on the layout.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Brock et al. 2021, arXiv:2102.06171. timm's adaptive_clip_grad as here; Optax keeps outputs in
/// columns (like_optax()).
struct AdaptiveGradientClipping {
  double max_ratio = 0.01;    ///< largest norm of an update relative to that of its weights, greater than 0
  double min_norm = 1e-3;     ///< smaller norms of weights count as this one, so that weights of 0 can
                              ///< change; not negative
  Units units = Units::rows;  ///< which parts of a matrix are units

  static constexpr RuleTraits traits{.takes_vectors = true};

  template <class Matrix>
  struct Workspace {
    std::vector<double> of_parameters, of_update;
    bool whole = false;
  };
  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    work.whole = shape.is_vector || shape.rows == 1 || shape.columns == 1;
    const Eigen::Index count = work.whole ? 1 : units == Units::rows ? shape.rows : shape.columns;
    work.of_parameters.resize(static_cast<std::size_t>(count));
    work.of_update.resize(static_cast<std::size_t>(count));
  }

  template <class Update, class Parameters, class Matrix>
  void transform(Update& update, const Parameters& parameters, Workspace<Matrix>& work, Step) const {
    using S = typename Matrix::Scalar;
    std::fill(work.of_parameters.begin(), work.of_parameters.end(), 0.0);
    std::fill(work.of_update.begin(), work.of_update.end(), 0.0);
    each_element(update, work.whole, [&](Eigen::Index i, Eigen::Index j, std::size_t unit) {
      const auto p = static_cast<double>(parameters(i, j)), u = static_cast<double>(update(i, j));
      work.of_parameters[unit] += p * p;
      work.of_update[unit] += u * u;
    });
    for (std::size_t k = 0; k < work.of_update.size(); ++k)
      work.of_update[k] = factor(std::sqrt(work.of_parameters[k]), std::sqrt(work.of_update[k]));
    each_element(update, work.whole, [&](Eigen::Index i, Eigen::Index j, std::size_t unit) {
      update(i, j) *= static_cast<S>(work.of_update[unit]);
    });
  }

  void check(const Check& check) const {
    check("max_ratio", max_ratio, legal::positive);
    check("min_norm", min_norm, legal::non_negative);
  }

  /// Optax: units are columns.
  static AdaptiveGradientClipping like_optax() { return {.units = Units::columns}; }

 private:
  Eigen::Index unit_of(bool whole, Eigen::Index row, Eigen::Index column) const {
    return whole ? 0 : units == Units::rows ? row : column;
  }

  double factor(double parameter_norm, double update_norm) const {
    const double most = max_ratio * (parameter_norm < min_norm ? min_norm : parameter_norm);
    return update_norm > most ? most / (update_norm < 1e-6 ? 1e-6 : update_norm) : 1;
  }

  /// Sums in an order that does not depend on the layout.
  template <class Update, class F>
  void each_element(const Update& update, bool whole, F&& f) const {
    for (Eigen::Index j = 0; j < update.cols(); ++j)
      for (Eigen::Index i = 0; i < update.rows(); ++i)
        f(i, j, static_cast<std::size_t>(unit_of(whole, i, j)));
  }
};

}  // namespace descent
