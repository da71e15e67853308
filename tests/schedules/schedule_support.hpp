// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/schedule.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

inline constexpr std::int64_t far_past_the_end = std::numeric_limits<std::int64_t>::max();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinite = std::numeric_limits<double>::infinity();

/// The message of a refusal; empty if nothing is refused.
template <class F>
std::string message_of(F attempt) {
  return test::refusal_of(attempt);
}

/// The message with which a family is refused when it is converted to a Schedule.
template <class Family>
std::string refusal(const Family& family) {
  return message_of([&] { descent::Schedule{family}; });
}

/// Finite and within the range at every step, near 0 and around every power of two up to 2^63 - 1.
template <class S>
void require_within(const S& schedule, double low, double high) {
  const auto is_good = [&](std::int64_t step) {
    const double value = schedule(step);
    INFO("step " << step << ", value " << value);
    REQUIRE(std::isfinite(value));
    REQUIRE(value >= low);
    REQUIRE(value <= high);
  };
  for (std::int64_t step = 0; step < 300; ++step) is_good(step);
  for (int bit = 8; bit < 63; ++bit) {
    const std::int64_t power = std::int64_t{1} << bit;
    for (std::int64_t step = power - 2; step <= power + 2; ++step) is_good(step);
  }
  is_good(far_past_the_end - 1);
  is_good(far_past_the_end);
}

/// Must give the same bits when called again, in a different order, as a copy and as a Schedule.
template <class S>
void require_pure(const S& schedule) {
  const S copy = schedule;
  const descent::Schedule erased = schedule;
  for (std::int64_t step = 100; step >= 0; --step) {
    REQUIRE(copy(step) == schedule(step));
    REQUIRE(erased(step) == schedule(step));
  }
}
