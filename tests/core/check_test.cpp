// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/check.hpp>

#include <cstdlib>
#include <limits>

using descent::Check;
using descent::Interval;
using descent::Schedule;
namespace legal = descent::legal;
using test::refusal_of;

namespace {
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
}  // namespace

TEST_CASE("intervals know their ends") {
  CHECK(legal::positive.contains(1e-300));
  CHECK_FALSE(legal::positive.contains(0));
  CHECK_FALSE(legal::positive.contains(infinite));
  CHECK(legal::non_negative.contains(0));
  CHECK(legal::non_negative.contains(-0.0));
  CHECK_FALSE(legal::non_negative.contains(-1e-300));
  CHECK(legal::decay_rate.contains(0));
  CHECK_FALSE(legal::decay_rate.contains(1));
  CHECK(legal::unit_interval.contains(1));
  CHECK_FALSE(legal::unit_interval.contains(1.0000001));
  CHECK(legal::finite.contains(-1e300));
  CHECK_FALSE(legal::finite.contains(-infinite));
  CHECK(legal::at_least(4).contains(4));
  CHECK_FALSE(legal::at_least(4).contains(3.9));
  for (const Interval& each : {legal::positive, legal::non_negative, legal::decay_rate, legal::unit_interval,
                               legal::finite, legal::at_least(0)})
    CHECK_FALSE(each.contains(not_a_number));
}

TEST_CASE("intervals read as text") {
  CHECK(legal::positive.text() == "greater than 0 and finite");
  CHECK(legal::non_negative.text() == "at least 0 and finite");
  CHECK(legal::decay_rate.text() == "in [0, 1)");
  CHECK(legal::unit_interval.text() == "in [0, 1]");
  CHECK(legal::finite.text() == "finite");
  CHECK(legal::at_least(4).text() == "at least 4 and finite");
  CHECK(Interval{.low = 0, .low_is_open = false, .high_is_open = false}.text() == "at least 0");
  CHECK(Interval{.low = 0, .high = 0.1}.text() == "in (0, 0.1)");
}

TEST_CASE("an option out of its range is named, with its value and what is legal") {
  const Check check("AdamW", 7);
  CHECK(check.rule() == "AdamW");
  CHECK(check.step() == 7);
  CHECK(refusal_of([&] { check("beta1", 1.5, legal::decay_rate); }) ==
        "descent: AdamW: beta1 is 1.5, must be in [0, 1)");
  CHECK(refusal_of([&] { check("epsilon", not_a_number, legal::non_negative); }) ==
        "descent: AdamW: epsilon is nan, must be at least 0 and finite");
  CHECK(refusal_of([&] { check("beta1", 0.1, legal::decay_rate); }) == "");
  CHECK(refusal_of([&] { check("learning_rate", Schedule(-0.001), legal::non_negative); }) ==
        "descent: AdamW: learning_rate is -0.001, must be at least 0 and finite");
  CHECK(refusal_of([&] { check.that(false, "this and that exclude each other"); }) ==
        "descent: AdamW: this and that exclude each other");
  CHECK(refusal_of([&] { check.that(true, "no"); }) == "");
}

TEST_CASE("a schedule is checked at the step of the check, and noticed") {
  const Schedule falling = [](std::int64_t step) { return 1.5 - static_cast<double>(step); };
  const Check first("Sgd", 0), second("Sgd", 2);
  CHECK_FALSE(first.anything_varies());
  first("momentum", Schedule(0.5), legal::decay_rate);
  CHECK_FALSE(first.anything_varies());
  first("learning_rate", falling, legal::non_negative);
  CHECK(first.anything_varies());
  CHECK(refusal_of([&] { second("learning_rate", falling, legal::non_negative); }) ==
        "descent: Sgd: learning_rate at step 2 is -0.5, must be at least 0 and finite");
}

TEST_CASE("numbers in messages are short and exact") {
  CHECK(descent::detail::text_of(0.1) == "0.1");
  CHECK(descent::detail::text_of(1e-8) == "1e-08");
  CHECK(descent::detail::text_of(-3) == "-3");
  CHECK(descent::detail::text_of(1.0 / 3) == "0.3333333333333333");
  CHECK(descent::detail::text_of(infinite) == "inf");
  for (const double value : {0.1 + 0.2, 1e300, 5e-324, 123456789.0})
    CHECK(std::strtod(descent::detail::text_of(value).c_str(), nullptr) == value);
}
