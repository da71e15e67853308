// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cstddef>
#include <string>
#include <vector>

// Shared by the families with lists of steps or values.
namespace descent::detail {

/// The number of entries of an ascending list that are at most `step`.
inline std::size_t count_reached(const std::vector<std::int64_t>& steps, std::int64_t step) {
  std::size_t low = 0, high = steps.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (steps[middle] <= step) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

inline void check_ascending(const Check& check, const char* name, const std::vector<std::int64_t>& steps) {
  std::int64_t before = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] < before)
      check.fail(name + ("[" + std::to_string(i) + "] is ") + std::to_string(steps[i]) +
                 ", must be at least " + std::to_string(before));
    before = steps[i];
  }
}

inline void check_values(const Check& check, const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!is_finite(values[i])) check("values[" + std::to_string(i) + "]", values[i], legal::finite);
}

inline void check_values_between(const Check& check, const std::vector<double>& values,
                                 const std::vector<std::int64_t>& boundaries) {
  if (values.size() != boundaries.size() + 1)
    check.fail(std::to_string(values.size()) + " values for " + std::to_string(boundaries.size()) +
               " boundaries; there must be one value more than boundaries");
}

}  // namespace descent::detail
