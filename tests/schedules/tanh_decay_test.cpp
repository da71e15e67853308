// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/tanh_decay.hpp>
#include <descent/schedules/tanh_restarts.hpp>

using descent::Schedule;
using descent::TanhDecay;
using descent::TanhRestarts;

TEST_CASE("TanhDecay has timm's values") {
  const TanhDecay decay{.initial = 0.1, .steps = 60, .final = 0.001};
  REQUIRE(decay(-1) == decay(0));
  REQUIRE(decay(0) == Approx(0.1).epsilon(1e-5));
  REQUIRE(decay(1) == Approx(0.09999988511144392).epsilon(1e-14));
  REQUIRE(decay(47) == Approx(0.016728041383210598).epsilon(1e-13));
  REQUIRE(decay(59) == Approx(0.0013412976788547907).epsilon(1e-12));
  REQUIRE(decay(60) == 0.001);
  REQUIRE(decay(61) == 0.001);
  REQUIRE(decay(far_past_the_end) == 0.001);
  REQUIRE(Schedule{decay}.duration() == 60);
  require_within(decay, 0.001, 0.1);
  require_pure(decay);
}

TEST_CASE("TanhRestarts starts again after every cycle, and holds at the end") {
  const TanhRestarts waves{.initial = 1, .steps = 10, .final = 0.1, .peak_factor = 0.5, .cycles = 3};
  const TanhDecay first{.initial = 1, .steps = 10, .final = 0.1};
  const TanhDecay second{.initial = 0.5, .steps = 10, .final = 0.1};
  REQUIRE(waves(-1) == first(0));
  for (std::int64_t step = 0; step < 10; ++step) {
    REQUIRE(waves(step) == Approx(first(step)).epsilon(1e-14));
    REQUIRE(waves(10 + step) == Approx(second(step)).epsilon(1e-14));
  }
  REQUIRE(waves(29) > 0.1);
  REQUIRE(waves(30) == 0.1);
  REQUIRE(waves(far_past_the_end) == 0.1);
  REQUIRE(Schedule{waves}.duration() == 30);
  require_within(waves, 0.1, 1);
  require_pure(waves);
}

TEST_CASE("TanhDecay of any bounds stays finite") {
  const double huge = std::numeric_limits<double>::max();
  require_within(TanhDecay{.initial = 1, .steps = 7, .lower = -huge, .upper = huge}, 0, 1);
  require_within(TanhDecay{.initial = 1, .steps = far_past_the_end}, 0, 1);
  require_within(TanhRestarts{.initial = 1, .steps = 3, .lower = -huge, .upper = huge, .warmup = 3}, 0, 1);
}

TEST_CASE("TanhDecay and TanhRestarts refuse bad options") {
  REQUIRE(refusal(TanhDecay{.steps = 4}) == "descent: TanhDecay: initial is nan, must be finite");
  REQUIRE(refusal(TanhDecay{.initial = 1}) == "descent: TanhDecay: steps is 0, must be at least 1");
  REQUIRE(refusal(TanhDecay{.initial = 1, .steps = 4, .final = infinite}) ==
          "descent: TanhDecay: final is inf, must be finite");
  REQUIRE(refusal(TanhDecay{.initial = 1, .steps = 4, .lower = -infinite}) ==
          "descent: TanhDecay: lower is -inf, must be finite");
  REQUIRE(refusal(TanhDecay{.initial = 1, .steps = 4, .lower = 3}) ==
          "descent: TanhDecay: upper is 3, must be greater than 3 and finite");
  REQUIRE(refusal(TanhRestarts{.initial = 1}) == "descent: TanhRestarts: steps is 0, must be at least 1");
  REQUIRE(refusal(TanhRestarts{.initial = 1, .steps = 4, .upper = -8}) ==
          "descent: TanhRestarts: upper is -8, must be greater than -7 and finite");
  REQUIRE(refusal(TanhRestarts{.initial = 1, .steps = 4, .cycles = 0}) ==
          "descent: TanhRestarts: cycles is 0, must be at least 1");
}
