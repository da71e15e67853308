// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace descent {

/// The effects of one step on one block. Norms are Euclidean.
struct BlockUpdate {
  std::string path;
  std::int64_t elements = 0;
  double gradient_norm = 0;
  /// Norm of the step's change.
  double update_norm = 0;
  /// Norm before the step.
  double parameter_norm = 0;
  /// The number of elements of the gradient that are exactly 0.
  std::int64_t zero_gradients = 0;
  std::int64_t rows = 0, columns = 0;
  /// The number of rows and columns whose gradient was exactly 0 in each of the last 200 observed steps; 0
  /// before that.
  std::int64_t silent_rows = 0, silent_columns = 0;

  /// The norm of the update divided by that of the parameters; 0 if both are 0.
  double update_ratio() const {
    if (parameter_norm > 0) return update_norm / parameter_norm;
    return update_norm > 0 ? std::numeric_limits<double>::infinity() : 0;
  }
};

}  // namespace descent
