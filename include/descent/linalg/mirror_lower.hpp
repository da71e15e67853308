// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>

#include <Eigen/Core>

#include <algorithm>

namespace descent::detail::inline DESCENT_BUILD {

/// Copies the lower triangle to the upper. Works in square tiles, because rows of a larger matrix are too far
/// apart in memory for the nearest cache. Has loops of its own, because Eigen's views of triangles and blocks take
/// longer to compile.
template <class Matrix>
void mirror_lower(Matrix& matrix) {
  constexpr Eigen::Index side = 32;
  for (Eigen::Index column = 0; column < matrix.cols(); column += side) {
    const Eigen::Index last_column = std::min(column + side, matrix.cols());
    for (Eigen::Index row = column; row < matrix.rows(); row += side) {
      const Eigen::Index last_row = std::min(row + side, matrix.rows());
      for (Eigen::Index i = row; i < last_row; ++i)
        for (Eigen::Index j = column; j < std::min(i, last_column); ++j)
          matrix.coeffRef(j, i) = matrix.coeff(i, j);
    }
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
