// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/rex.hpp>

using descent::Rex;
using descent::Schedule;

TEST_CASE("Rex falls slowly first and steeply at the end, as pytorch_optimizer's does") {
  const Rex decay{.initial = 0.1, .steps = 50, .final = 0.01};
  REQUIRE(decay(-1) == 0.1);
  REQUIRE(decay(0) == 0.1);
  REQUIRE(decay(1) == Approx(0.0990909090909091).epsilon(1e-14));
  REQUIRE(decay(30) == Approx(0.061428571428571443).epsilon(1e-14));
  REQUIRE(decay(47) == Approx(0.02018867924528303).epsilon(1e-13));
  REQUIRE(decay(49) > 0.01);
  REQUIRE(decay(50) == 0.01);
  REQUIRE(decay(51) == 0.01);
  REQUIRE(decay(far_past_the_end) == 0.01);
  REQUIRE(Schedule{decay}.duration() == 50);
  require_within(decay, 0.01, 0.1);
  require_pure(decay);
  require_within(Rex{.initial = 1, .steps = far_past_the_end}, 0, 1);
}

TEST_CASE("Rex refuses bad options") {
  REQUIRE(refusal(Rex{.steps = 4}) == "descent: Rex: initial is nan, must be finite");
  REQUIRE(refusal(Rex{.initial = 1}) == "descent: Rex: steps is 0, must be at least 1");
  REQUIRE(refusal(Rex{.initial = 1, .steps = 4, .final = infinite}) ==
          "descent: Rex: final is inf, must be finite");
}
