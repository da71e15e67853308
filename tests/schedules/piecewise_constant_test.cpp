// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/piecewise_constant.hpp>

using descent::PiecewiseConstant;
using descent::Schedule;

TEST_CASE("PiecewiseConstant switches at its boundaries") {
  const PiecewiseConstant rate{.values = {0.1, 0.05, 0.005}, .boundaries = {10, 40}};
  REQUIRE(rate(-1) == 0.1);
  REQUIRE(rate(0) == 0.1);
  REQUIRE(rate(9) == 0.1);
  REQUIRE(rate(10) == 0.05);
  REQUIRE(rate(39) == 0.05);
  REQUIRE(rate(40) == 0.005);
  REQUIRE(rate(far_past_the_end) == 0.005);
  REQUIRE(Schedule{rate}.duration() == 40);
  require_within(rate, 0.005, 0.1);
  require_pure(rate);
}

TEST_CASE("PiecewiseConstant that keeps at the boundary switches one step later, as Keras does") {
  const PiecewiseConstant rate{.values = {3, 2, 1}, .boundaries = {0, 10}, .keeps_at_boundary = true};
  REQUIRE(rate(-1) == 3);
  REQUIRE(rate(0) == 3);
  REQUIRE(rate(1) == 2);
  REQUIRE(rate(10) == 2);
  REQUIRE(rate(11) == 1);
  REQUIRE(Schedule{rate}.duration() == 11);
  const PiecewiseConstant late{.values = {1, 2}, .boundaries = {far_past_the_end}, .keeps_at_boundary = true};
  REQUIRE(late(far_past_the_end) == 1);
}

TEST_CASE("PiecewiseConstant of one value, of a boundary at 0, and of equal boundaries") {
  REQUIRE(PiecewiseConstant{.values = {2}}(100) == 2);
  REQUIRE(Schedule{PiecewiseConstant{.values = {2}}}.duration() == 0);
  REQUIRE(PiecewiseConstant{.values = {3, 2}, .boundaries = {0}}(0) == 2);
  REQUIRE(PiecewiseConstant{.values = {3, 2, 1}, .boundaries = {5, 5}}(5) == 1);
}

TEST_CASE("PiecewiseConstant refuses bad options") {
  REQUIRE(refusal(PiecewiseConstant{}) ==
          "descent: PiecewiseConstant: 0 values for 0 boundaries; there must be one value more than "
          "boundaries");
  REQUIRE(refusal(PiecewiseConstant{.values = {1, 2}}) ==
          "descent: PiecewiseConstant: 2 values for 0 boundaries; there must be one value more than "
          "boundaries");
  REQUIRE(refusal(PiecewiseConstant{.values = {1, not_a_number}, .boundaries = {3}}) ==
          "descent: PiecewiseConstant: values[1] is nan, must be finite");
  REQUIRE(refusal(PiecewiseConstant{.values = {1, 2, 3}, .boundaries = {3, 2}}) ==
          "descent: PiecewiseConstant: boundaries[1] is 2, must be at least 3");
  REQUIRE(refusal(PiecewiseConstant{.values = {1, 2}, .boundaries = {-1}}) ==
          "descent: PiecewiseConstant: boundaries[0] is -1, must be at least 0");
}
