// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>

#include <Eigen/Core>

#include <algorithm>

namespace descent::detail::inline DESCENT_BUILD {

/// Copies the lower triangle to the upper. Works in square tiles, because rows of a larger matrix are too far
/// apart in memory for the nearest cache.
template <class Matrix>
void mirror_lower(Matrix& matrix) {
  constexpr Eigen::Index side = 32;
  for (Eigen::Index column = 0; column < matrix.cols(); column += side) {
    const Eigen::Index width = std::min(side, matrix.cols() - column);
    auto diagonal = matrix.block(column, column, width, width);
    diagonal.template triangularView<Eigen::StrictlyUpper>() = diagonal.transpose();
    for (Eigen::Index row = column + width; row < matrix.rows(); row += side) {
      const Eigen::Index height = std::min(side, matrix.rows() - row);
      matrix.block(column, row, width, height).noalias() =
          matrix.block(row, column, height, width).transpose();
    }
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
