// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/text/to_string.hpp>

#include <iosfwd>

namespace descent {

/// Writes a schedule to a stream as `to_string` does: std::cout << rate.
///
/// Works for a Schedule, a family and a composition; convert a number or a lambda to a Schedule first.
/// Include <ostream> to use it.
template <class Traits, detail::OwnSchedule S>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream, const S& schedule) {
  return stream << std::string_view(to_string(schedule));
}

}  // namespace descent
