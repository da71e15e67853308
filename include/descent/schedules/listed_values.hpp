// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/lists.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace descent {

/// A value for each step, from a list.
///
///   value(k) = values[k]
///
/// * `values`: at least one, each finite.
///
/// At step 0 the first one; after the last one it holds that.
/// Errors: std::invalid_argument for an empty list or a value that is not finite, when it becomes a Schedule.
/// Source: common practice.
/// Differs from: PyTorch, Optax and Keras leave it to a function.
struct ListedValues {
  std::vector<double> values = {};

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
