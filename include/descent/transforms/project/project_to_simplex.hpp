// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace descent {

/// Keeps each block on a simplex: no value is negative, and the sum is given. The last rule of a chain, after
/// the learning rate.
///
///   u = max(p + u - theta, 0) - p,   theta such that the sum over the block is `sum`
///
/// This is the nearest point of the simplex to p + u. It needs whole blocks, so rules that measure the tree
/// or compare with the gradient must come before it.
/// Memory: 1 number a parameter, nothing to save. Passes: as a rule of whole matrices, sorts the block: n log
/// n. Shapes: any. Computes in double; the sum is met up to rounding, and 0 exactly. A NaN in the update
/// makes the block NaN.
/// Errors: std::invalid_argument for a sum out of its range.
/// Source: Held, Wolfe & Crowder 1974; Duchi et al. 2008. Optax's projection_simplex after each step as here.
struct ProjectToSimplex {
  double sum = 1;  ///< greater than 0

  static constexpr RuleTraits traits{.takes_vectors = true};

  template <class Matrix>
  struct Workspace {
    std::vector<double> sorted;
    void resize(Eigen::Index rows, Eigen::Index columns) {
      sorted.resize(static_cast<std::size_t>(rows * columns));
    }
  };

  template <class Update, class Parameters, class Matrix>
  void transform(Update& update, const Parameters& parameters, Workspace<Matrix>& work, Step) const {
    using S = typename Matrix::Scalar;
    std::size_t next = 0;
    double check_sum = 0;
    for (Eigen::Index j = 0; j < update.cols(); ++j)
      for (Eigen::Index i = 0; i < update.rows(); ++i, ++next) {
        work.sorted[next] = static_cast<double>(parameters(i, j)) + static_cast<double>(update(i, j));
        check_sum += 0 * work.sorted[next];  // NaN if a value is not finite, which cannot be sorted
      }
    const double theta = check_sum == 0 ? threshold(work.sorted) : check_sum;
    for (Eigen::Index j = 0; j < update.cols(); ++j)
      for (Eigen::Index i = 0; i < update.rows(); ++i) {
        const auto p = static_cast<double>(parameters(i, j));
        const double moved = p + static_cast<double>(update(i, j)) - theta;
        update(i, j) = static_cast<S>((moved < 0 ? 0 : moved) - p);
      }
  }

  void check(const Check& check) const { check("sum", sum, legal::positive); }

 private:
  /// The number to subtract from each value; sorts the values.
  double threshold(std::vector<double>& values) const {
    std::sort(values.begin(), values.end(), std::greater<>());
    double partial = 0, theta = 0;
    for (std::size_t k = 0; k < values.size(); ++k) {
      partial += values[k];
      const double candidate = (partial - sum) / static_cast<double>(k + 1);
      if (!(values[k] > candidate)) break;
      theta = candidate;
    }
    return theta;
  }
};

}  // namespace descent
