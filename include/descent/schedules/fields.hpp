// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/value_list.hpp>

/// DESCENT_SCHEDULE(a, b, ...): names the options of a schedule family, in their order.
///
///   struct Ramp {
///     double slope = 1;
///     std::int64_t steps = 0;
///     double operator()(std::int64_t step) const;
///     void check() const;
///     DESCENT_SCHEDULE(slope, steps)
///   };
///
/// The type remains an aggregate. Printing and parsing the family need the macro (schedules/text.hpp);
/// nothing else does. An option may be a double, an std::int64_t, a bool, an enumeration with a function
/// `value_names`, a Schedule, and an optional or a vector of these; its type and the family are default-
/// constructible.
#define DESCENT_SCHEDULE(...)                                                   \
  auto schedule_fields() { return ::descent::detail::tied(__VA_ARGS__); }       \
  auto schedule_fields() const { return ::descent::detail::tied(__VA_ARGS__); } \
  static constexpr const char* schedule_field_names() { return #__VA_ARGS__; }
