// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/inverse_time_decay.hpp>

using descent::InverseTimeDecay;
using descent::Schedule;

TEST_CASE("InverseTimeDecay falls with the inverse of the time") {
  const InverseTimeDecay decay{.initial = 1, .decay = 0.5, .steps = 4};
  REQUIRE(decay(-1) == 1);
  REQUIRE(decay(0) == 1);
  REQUIRE(decay(1) == Approx(1 / 1.125).epsilon(1e-15));
  REQUIRE(decay(3) == Approx(1 / 1.375).epsilon(1e-15));
  REQUIRE(decay(4) == Approx(1 / 1.5).epsilon(1e-15));
  REQUIRE(decay(8) == 0.5);
  REQUIRE(Schedule{decay}.duration() < 0);
  require_within(decay, 0, 1);
  require_pure(decay);
}

TEST_CASE("InverseTimeDecay on a staircase changes at multiples of its steps") {
  const InverseTimeDecay decay{.initial = 1, .decay = 1, .steps = 4, .staircase = true};
  REQUIRE(decay(3) == 1);
  REQUIRE(decay(4) == 0.5);
  REQUIRE(decay(7) == 0.5);
  REQUIRE(decay(12) == 0.25);
}

TEST_CASE("InverseTimeDecay has a power, as the rate of averaged SGD has") {
  const InverseTimeDecay decay{.initial = 0.01, .decay = 1e-4 * 0.01, .power = 0.75};
  REQUIRE(decay(1'000'000) == Approx(0.01 / std::pow(2, 0.75)).epsilon(1e-14));
}

TEST_CASE("InverseTimeDecay stays finite") {
  require_within(InverseTimeDecay{.initial = 1, .decay = 1e308}, 0, 1);
  require_within(InverseTimeDecay{.initial = 1, .decay = 1e300, .power = 1e300}, 0, 1);
  require_within(InverseTimeDecay{.initial = 2, .decay = 0}, 2, 2);
  require_within(InverseTimeDecay{.initial = -2, .decay = 1}, -2, 0);
}

TEST_CASE("InverseTimeDecay refuses bad options") {
  REQUIRE(refusal(InverseTimeDecay{.decay = 1}) ==
          "descent: InverseTimeDecay: initial is nan, must be finite");
  REQUIRE(refusal(InverseTimeDecay{.initial = 1}) ==
          "descent: InverseTimeDecay: decay is nan, must be at least 0 and finite");
  REQUIRE(refusal(InverseTimeDecay{.initial = 1, .decay = -1}) ==
          "descent: InverseTimeDecay: decay is -1, must be at least 0 and finite");
  REQUIRE(refusal(InverseTimeDecay{.initial = 1, .decay = 1, .steps = 0}) ==
          "descent: InverseTimeDecay: steps is 0, must be at least 1");
  REQUIRE(refusal(InverseTimeDecay{.initial = 1, .decay = 1, .power = 0}) ==
          "descent: InverseTimeDecay: power is 0, must be greater than 0 and finite");
}
