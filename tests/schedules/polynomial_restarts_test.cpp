// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/polynomial_restarts.hpp>

using descent::PolynomialRestarts;
using descent::Schedule;

TEST_CASE("PolynomialRestarts starts again after every cycle") {
  const PolynomialRestarts decay{.initial = 1.25, .steps = 4, .final = 0.25, .power = 2};
  REQUIRE(decay(-1) == 1.25);
  REQUIRE(decay(0) == 1.25);
  REQUIRE(decay(1) == 0.8125);
  REQUIRE(decay(3) == 0.3125);
  REQUIRE(decay(4) == 1.25);
  REQUIRE(decay(400'000'001) == 0.8125);
  REQUIRE(Schedule{decay}.duration() < 0);
  require_within(decay, 0.25, 1.25);
  require_pure(decay);
}

TEST_CASE("PolynomialRestarts with cycles that shrink, grow and end") {
  const PolynomialRestarts decay{
      .initial = 0.1, .steps = 20, .period_factor = 2, .peak_factor = 0.5, .cycles = 2};
  REQUIRE(decay(10) == Approx(0.05).epsilon(1e-15));
  REQUIRE(decay(19) == Approx(0.005).epsilon(1e-14));
  REQUIRE(decay(20) == 0.05);
  REQUIRE(decay(40) == Approx(0.025).epsilon(1e-15));
  REQUIRE(decay(59) > 0);
  REQUIRE(decay(60) == 0);
  REQUIRE(decay(far_past_the_end) == 0);
  REQUIRE(Schedule{decay}.duration() == 60);
}

TEST_CASE("PolynomialRestarts warms up in front of each cycle") {
  const PolynomialRestarts decay{.initial = 1, .steps = 4, .final = 0.5, .cycles = 2, .warmup = 2};
  REQUIRE(decay(0) == 0.5);
  REQUIRE(decay(1) == 0.75);
  REQUIRE(decay(2) == 1);
  REQUIRE(decay(5) == 0.625);
  REQUIRE(decay(6) == 0.5);
  REQUIRE(decay(8) == 1);
  REQUIRE(decay(12) == 0.5);
  REQUIRE(Schedule{decay}.duration() == 12);
}

TEST_CASE("PolynomialRestarts refuses bad options") {
  REQUIRE(refusal(PolynomialRestarts{.steps = 4}) ==
          "descent: PolynomialRestarts: initial is nan, must be finite");
  REQUIRE(refusal(PolynomialRestarts{.initial = 1}) ==
          "descent: PolynomialRestarts: steps is 0, must be at least 1");
  REQUIRE(refusal(PolynomialRestarts{.initial = 1, .steps = 4, .power = 0}) ==
          "descent: PolynomialRestarts: power is 0, must be greater than 0 and finite");
  REQUIRE(refusal(PolynomialRestarts{.initial = 1, .steps = 4, .period_factor = 0.9}) ==
          "descent: PolynomialRestarts: period_factor is 0.9, must be in [1, 1e+06]");
  REQUIRE(refusal(PolynomialRestarts{.initial = 1, .steps = 4, .warmup = -1}) ==
          "descent: PolynomialRestarts: warmup is -1, must be at least 0");
  REQUIRE(refusal(PolynomialRestarts{.initial = 1, .steps = 4, .progress_power = 0}) ==
          "descent: PolynomialRestarts: progress_power is 0, must be greater than 0 and finite");
}
