// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/lists.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace descent {

/// One value per step, from a list.
///
///   value(k) = values[k]
///
/// Holds the last value after the end.
/// Errors: std::invalid_argument for an empty list or a value that is not finite, when it becomes a Schedule.
/// Source: common practice.
/// PyTorch, Optax and Keras have none.
struct ListedValues {
  std::vector<double> values = {};  ///< required: at least one, finite

  double operator()(std::int64_t step) const {
    const auto index = static_cast<std::uint64_t>(detail::not_negative(step));
    return index < values.size() ? values[static_cast<std::size_t>(index)] : values.back();
  }

  std::int64_t duration() const { return static_cast<std::int64_t>(values.size()); }

  void check() const {
    const Check check("ListedValues");
    check.that(!values.empty(), "values is empty; it has to have at least one");
    detail::check_values(check, values);
  }

  DESCENT_SCHEDULE(values)
};

}  // namespace descent
