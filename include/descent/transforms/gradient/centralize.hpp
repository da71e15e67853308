// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>
#include <descent/transforms/clip/adaptive_gradient_clipping.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace descent {

/// Subtracts the mean from the update of each unit, so that the sum of a unit's weights does not change.
///
///   u = u - mean(u),   the mean over the unit: a row of a matrix; vectors do not change
///
/// Place it at the head of a chain. It needs whole blocks, so rules that measure the tree or compare with the
/// gradient must come before it.
/// Memory: 1 number a unit, nothing to save. Passes: 2 over the block, as a rule of whole matrices. Shapes:
/// any. Means are taken in double, in an order that does not depend on the layout. Errors: none.
/// Source: Yong et al. 2020, arXiv:2004.01461. Optax's centralize and pytorch_optimizer's centralize_gradient
/// as here.
struct Centralize {
  Units units = Units::rows;  ///< which parts of a matrix are units

  static constexpr RuleTraits traits{.takes_vectors = true};

  template <class Matrix>
  struct Workspace {
    std::vector<double> mean;
    bool passes = false;
  };
  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    work.passes = shape.is_vector;
    work.mean.resize(static_cast<std::size_t>(units == Units::rows ? shape.rows : shape.columns));
  }

  template <class Update, class Matrix>
  void transform(Update& update, Workspace<Matrix>& work, Step) const {
    using S = typename Matrix::Scalar;
    if (work.passes) return;
    const auto unit = [&](Eigen::Index i, Eigen::Index j) -> double& {
      return work.mean[static_cast<std::size_t>(units == Units::rows ? i : j)];
    };
    std::fill(work.mean.begin(), work.mean.end(), 0.0);
    for (Eigen::Index j = 0; j < update.cols(); ++j)
      for (Eigen::Index i = 0; i < update.rows(); ++i) unit(i, j) += static_cast<double>(update(i, j));
    const auto length = static_cast<double>(units == Units::rows ? update.cols() : update.rows());
    for (Eigen::Index j = 0; j < update.cols(); ++j)
      for (Eigen::Index i = 0; i < update.rows(); ++i) update(i, j) -= static_cast<S>(unit(i, j) / length);
  }
};

}  // namespace descent
