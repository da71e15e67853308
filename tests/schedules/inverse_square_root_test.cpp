// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/inverse_square_root.hpp>

using descent::InverseSquareRoot;
using descent::Schedule;

TEST_CASE("InverseSquareRoot halves after three times its scale and never ends") {
  const InverseSquareRoot decay{.initial = 0.1, .steps = 10};
  REQUIRE(decay(-1) == 0.1);
  REQUIRE(decay(0) == 0.1);
  REQUIRE(decay(30) == 0.05);
  REQUIRE(decay(150) == 0.025);
  REQUIRE(decay(far_past_the_end) > 0);
  REQUIRE(decay(far_past_the_end) < 1e-9);
  REQUIRE(Schedule{decay}.duration() < 0);
  require_within(decay, 0, 0.1);
  require_within(InverseSquareRoot{.initial = 0.1, .steps = far_past_the_end}, 0.07, 0.1);
  require_pure(decay);
}

TEST_CASE("InverseSquareRoot refuses bad options") {
  REQUIRE(refusal(InverseSquareRoot{.steps = 10}) ==
          "descent: InverseSquareRoot: initial is nan, must be finite");
  REQUIRE(refusal(InverseSquareRoot{.initial = 1}) ==
          "descent: InverseSquareRoot: steps is 0, must be at least 1");
}
