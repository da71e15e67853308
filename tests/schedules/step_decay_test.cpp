// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/step_decay.hpp>

using descent::Schedule;
using descent::StepDecay;

TEST_CASE("StepDecay changes at every multiple, not before") {
  constexpr StepDecay decay{.initial = 0.8, .factor = 0.5, .every = 10};
  REQUIRE(decay(-1) == 0.8);
  REQUIRE(decay(0) == 0.8);
  REQUIRE(decay(9) == 0.8);
  REQUIRE(decay(10) == 0.4);
  REQUIRE(decay(19) == 0.4);
  REQUIRE(decay(20) == 0.2);
  REQUIRE(decay(far_past_the_end) == 0);
  require_within(decay, 0, 0.8);
  require_pure(decay);
}

TEST_CASE("StepDecay has PyTorch's values (StepLR, step_size 10, gamma 0.1)") {
  const StepDecay decay{.initial = 0.1, .every = 10};
  REQUIRE(decay(10) == Approx(0.010000000000000002).epsilon(1e-14));
  REQUIRE(decay(59) == Approx(1.0000000000000004e-06).epsilon(1e-14));
  REQUIRE(decay(60) == Approx(1.0000000000000005e-07).epsilon(1e-14));
}

TEST_CASE("StepDecay never ends") { REQUIRE(Schedule{StepDecay{1, 0.5, 2}}.duration() < 0); }

TEST_CASE("StepDecay stays finite when it grows, stands or vanishes") {
  require_within(StepDecay{.initial = 2, .factor = 1.5, .every = 1}, 0, std::numeric_limits<double>::max());
  require_within(StepDecay{.initial = 0, .factor = 1.5, .every = 1}, 0, 0);
  require_within(StepDecay{.initial = -2, .factor = 3, .every = 7}, -std::numeric_limits<double>::max(), 0);
  require_within(StepDecay{.initial = 0.1, .factor = 1, .every = 3}, 0.1, 0.1);
  const StepDecay vanishing{.initial = 0.1, .factor = 0, .every = 3};
  REQUIRE(vanishing(2) == 0.1);
  REQUIRE(vanishing(3) == 0);
}

TEST_CASE("StepDecay refuses bad options") {
  REQUIRE(refusal(StepDecay{.every = 10}) == "descent: StepDecay: initial is nan, must be finite");
  REQUIRE(refusal(StepDecay{.initial = 1}) == "descent: StepDecay: every is 0, must be at least 1");
  REQUIRE(refusal(StepDecay{.initial = 1, .every = -3}) ==
          "descent: StepDecay: every is -3, must be at least 1");
  REQUIRE(refusal(StepDecay{.initial = 1, .factor = -0.5, .every = 1}) ==
          "descent: StepDecay: factor is -0.5, must be at least 0 and finite");
  REQUIRE(refusal(StepDecay{.initial = 1, .every = 1}) == "");
}
