// SPDX-License-Identifier: MIT
#include "schedules/random_schedules.hpp"
#include "schedules/schedule_support.hpp"

#include <descent/schedules/text.hpp>

#include <bit>

using descent::parse_schedule;
using descent::Schedule;
using descent::to_string;

namespace {
bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// The step at which two schedules differ, or -1.
std::int64_t first_difference(const Schedule& a, const Schedule& b) {
  const auto differ = [&](std::int64_t step) { return !same_bits(a(step), b(step)); };
  for (std::int64_t step = -1; step < 40; ++step)
    if (differ(step)) return step;
  for (int bit = 6; bit < 63; ++bit)
    for (const std::int64_t beside : {-1, 0, 1})
      if (differ((std::int64_t{1} << bit) + beside)) return (std::int64_t{1} << bit) + beside;
  return differ(far_past_the_end) ? far_past_the_end : -1;
}

void require_round_trip(const Schedule& schedule) {
  const std::string text = to_string(schedule);
  INFO(text);
  const Schedule read = parse_schedule(text);
  REQUIRE(to_string(read) == text);
  REQUIRE(read.duration() == schedule.duration());
  REQUIRE(read.is_constant() == schedule.is_constant());
  REQUIRE(first_difference(schedule, read) == -1);
}
}  // namespace

TEST_CASE("families with any options print and parse back, bit for bit") {
  RandomSchedules random(1);
  for (int i = 0; i < 4000; ++i) require_round_trip(random.any_family());
}

TEST_CASE("compositions of any shape print and parse back, bit for bit") {
  RandomSchedules random(2);
  for (int depth = 1; depth <= 4; ++depth)
    for (int i = 0; i < 1500; ++i) require_round_trip(random.composition(depth));
}

TEST_CASE("a text that is damaged is refused with its position, or is another schedule") {
  RandomSchedules random(3);
  const std::string damage = "0a.,(){}>+*-<' ";
  for (int i = 0; i < 3000; ++i) {
    std::string text = to_string(random.composition(2));
    const auto at = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())));
    const char put = damage[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(damage.size())))];
    if (random.one_in(2)) {
      text[at] = put;
    } else {
      text.erase(at, 1);
    }
    INFO(text);
    double value = 0;
    const std::string message = message_of([&] { value = parse_schedule(text)(3); });
    REQUIRE_FALSE(std::isnan(value));
    if (!message.empty()) REQUIRE(message.rfind("descent: parse_schedule: at character ", 0) == 0);
  }
}
