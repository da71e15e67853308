// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/text.hpp>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace test {

/// Any text must either be refused with std::invalid_argument, or be a schedule that has values and whose
/// text parses to a schedule with the same text and values.
inline void read_any_schedule(std::string_view text) {
  descent::Schedule schedule;
  try {
    schedule = descent::parse_schedule(text);
  } catch (const std::invalid_argument&) {
    return;
  }
  const std::string printed = descent::to_string(schedule);
  const descent::Schedule again = descent::parse_schedule(printed);
  if (descent::to_string(again) != printed) std::abort();
  for (const std::int64_t step : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1000}})
    if (std::bit_cast<std::uint64_t>(schedule(step)) != std::bit_cast<std::uint64_t>(again(step)))
      std::abort();
}

}  // namespace test
