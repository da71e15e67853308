// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace descent {

/// A short training of `find_learning_rate` at a constant learning rate.
struct LearningRateTrial {
  double learning_rate = 0;
  /// The mean of the last third of its losses; infinite if it diverged.
  double loss = 0;
  std::int64_t steps = 0;
};

/// A step of a range test: its learning rate, and the loss of the batch after it.
struct LearningRatePoint {
  double learning_rate = 0;
  double loss = 0;
  /// The loss on a smooth curve through all steps; values far above the start count as just above it.
  double smoothed = 0;
};

}  // namespace descent
