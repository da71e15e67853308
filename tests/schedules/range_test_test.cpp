// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/range_test.hpp>

using descent::RangeTest;
using descent::Schedule;

TEST_CASE("RangeTest rises by the same factor at every step") {
  const RangeTest rate{.initial = 1e-4, .final = 1, .steps = 8};
  REQUIRE(rate(-1) == 1e-4);
  REQUIRE(rate(0) == 1e-4);
  REQUIRE(rate(2) == Approx(1e-3).epsilon(1e-13));
  REQUIRE(rate(7) == Approx(std::pow(10, -0.5)).epsilon(1e-13));
  REQUIRE(rate(8) == 1);
  REQUIRE(rate(far_past_the_end) == 1);
  REQUIRE(Schedule{rate}.duration() == 8);
  require_within(rate, 1e-4, 1);
  require_pure(rate);
}

TEST_CASE("RangeTest in a line, each rate kept for some steps") {
  const RangeTest rate{.initial = 1, .final = 9, .steps = 8, .linear = true, .every = 2};
  REQUIRE(rate(0) == 1);
  REQUIRE(rate(1) == 1);
  REQUIRE(rate(2) == 3);
  REQUIRE(rate(7) == 7);
  REQUIRE(rate(8) == 9);
}

TEST_CASE("RangeTest refuses bad options") {
  REQUIRE(refusal(RangeTest{.initial = 0}) ==
          "descent: RangeTest: initial is 0, must be greater than 0 and finite");
  REQUIRE(refusal(RangeTest{.final = -1}) ==
          "descent: RangeTest: final is -1, must be greater than 0 and finite");
  REQUIRE(refusal(RangeTest{.initial = 1e-300, .final = 1e300}) ==
          "descent: RangeTest: final / initial is out of range");
  REQUIRE(refusal(RangeTest{.steps = 0}) == "descent: RangeTest: steps is 0, must be at least 1");
  REQUIRE(refusal(RangeTest{.every = 0}) == "descent: RangeTest: every is 0, must be at least 1");
}
