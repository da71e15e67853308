// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace descent::detail {

/// Seconds since construction, by a monotonic clock.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace descent::detail
