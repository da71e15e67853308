// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/piecewise_interpolation.hpp>

using descent::PiecewiseInterpolation;
using descent::Schedule;

TEST_CASE("PiecewiseInterpolation goes in lines from value to value") {
  const PiecewiseInterpolation rate{.values = {0.1, 0.2, 0.02, 0.02}, .boundaries = {10, 40, 60}};
  REQUIRE(rate(-1) == 0.1);
  REQUIRE(rate(0) == 0.1);
  REQUIRE(rate(1) == Approx(0.11).epsilon(1e-14));
  REQUIRE(rate(9) == Approx(0.19).epsilon(1e-14));
  REQUIRE(rate(10) == 0.2);
  REQUIRE(rate(20) == Approx(0.14).epsilon(1e-14));
  REQUIRE(rate(40) == 0.02);
  REQUIRE(rate(60) == 0.02);
  REQUIRE(rate(far_past_the_end) == 0.02);
  REQUIRE(Schedule{rate}.duration() == 60);
  require_within(rate, 0.02, 0.2);
  require_pure(rate);
}

TEST_CASE("PiecewiseInterpolation along half waves has Optax's values") {
  const PiecewiseInterpolation rate{.values = {0.1, 0.2, 0.02}, .boundaries = {10, 40}, .cosine = true};
  REQUIRE(rate(1) == Approx(0.10244717418524232).epsilon(1e-13));
  REQUIRE(rate(5) == Approx(0.15).epsilon(1e-14));
  REQUIRE(rate(38) == Approx(0.021966715933957492).epsilon(1e-12));
}

TEST_CASE("PiecewiseInterpolation jumps at equal boundaries, and may have one value or a very long part") {
  const PiecewiseInterpolation jump{.values = {1, 2, 5, 5}, .boundaries = {4, 4, 8}};
  REQUIRE(jump(3) == 1.75);
  REQUIRE(jump(4) == 5);
  REQUIRE(PiecewiseInterpolation{.values = {2}}(100) == 2);
  REQUIRE(PiecewiseInterpolation{.values = {2, 1}, .boundaries = {0}}(0) == 1);
  require_within(PiecewiseInterpolation{.values = {0, 1}, .boundaries = {far_past_the_end}}, 0, 1);
}

TEST_CASE("PiecewiseInterpolation refuses bad options") {
  REQUIRE(refusal(PiecewiseInterpolation{.values = {1}, .boundaries = {5}}) ==
          "descent: PiecewiseInterpolation: 1 values for 1 boundaries; there must be one value more than "
          "boundaries");
  REQUIRE(refusal(PiecewiseInterpolation{.values = {infinite}}) ==
          "descent: PiecewiseInterpolation: values[0] is inf, must be finite");
  REQUIRE(refusal(PiecewiseInterpolation{.values = {1, 2, 3}, .boundaries = {5, 4}}) ==
          "descent: PiecewiseInterpolation: boundaries[1] is 4, must be at least 5");
}
