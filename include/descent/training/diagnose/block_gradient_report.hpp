// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/support/formatted_text.hpp>

#include <Eigen/Core>

#include <cstdint>
#include <string>

namespace descent {

/// The result of `check_gradient` for one block.
struct BlockGradientReport {
  std::string path;
  Eigen::Index rows = 0, columns = 0;
  /// The numbers of elements compared, and of those that differ by more than the tolerance.
  std::int64_t compared = 0, wrong = 0;
  /// The largest differences of all compared elements, each on its own.
  double max_absolute_error = 0, max_relative_error = 0;
  /// The element furthest outside the tolerance (or nearest to its limit), and both its values.
  Eigen::Index row = 0, column = 0;
  double analytic = 0, numeric = 0;
  /// The likely mistake, if it is recognised: "looks negated", "looks scaled by 2", "looks transposed", "is
  /// never written", "is not finite"; else empty.
  std::string hint = {};

  bool ok() const { return wrong == 0; }
};

/// A line such as "WRONG  weights (3x4): 12 of 12 elements differ, most at (1, 2): analytic 0.5, numeric
/// -0.5; looks negated".
inline std::string to_string(const BlockGradientReport& block) {
  const std::string size = detail::formatted(" (%dx%d): ", {block.rows, block.columns});
  if (block.ok())
    return "ok     " + block.path + size +
           detail::formatted("%d elements, largest error %.2g, relative %.2g",
                             {block.compared, block.max_absolute_error, block.max_relative_error});
  return "WRONG  " + block.path + size +
         detail::formatted(
             "%d of %d elements differ, most at (%d, %d): analytic %.6g, numeric %.6g",
             {block.wrong, block.compared, block.row, block.column, block.analytic, block.numeric}) +
         (block.hint.empty() ? "" : "; " + block.hint);
}

}  // namespace descent
