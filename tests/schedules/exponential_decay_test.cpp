// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/exponential_decay.hpp>

using descent::ExponentialDecay;
using descent::Schedule;

TEST_CASE("ExponentialDecay applies its factor once in so many steps") {
  const ExponentialDecay decay{.initial = 0.1, .factor = 0.5, .steps = 10};
  REQUIRE(decay(-1) == 0.1);
  REQUIRE(decay(0) == 0.1);
  REQUIRE(decay(5) == Approx(0.1 * std::sqrt(0.5)).epsilon(1e-14));
  REQUIRE(decay(10) == 0.05);
  REQUIRE(decay(30) == 0.0125);
  REQUIRE(decay(far_past_the_end) == 0);
  require_within(decay, 0, 0.1);
  require_pure(decay);
}

TEST_CASE("ExponentialDecay has the values of PyTorch and Optax") {
  const ExponentialDecay torch{.initial = 0.1, .factor = 0.95};
  REQUIRE(torch(2) == Approx(0.09025).epsilon(1e-14));
  REQUIRE(torch(100) == Approx(0.0005920529220333994).epsilon(1e-12));
  const ExponentialDecay optax{.initial = 0.1, .factor = 0.7, .steps = 10};
  REQUIRE(optax(1) == Approx(0.09649610951198177).epsilon(1e-14));
  REQUIRE(optax(80) == Approx(0.005764800999999997).epsilon(1e-12));
}

TEST_CASE("ExponentialDecay as a staircase changes at multiples only") {
  const ExponentialDecay decay{.initial = 0.8, .factor = 0.5, .steps = 10, .staircase = true};
  REQUIRE(decay(9) == 0.8);
  REQUIRE(decay(10) == 0.4);
  REQUIRE(decay(19) == 0.4);
  REQUIRE(decay(20) == 0.2);
}

TEST_CASE("ExponentialDecay stops at its final value") {
  const ExponentialDecay down{.initial = 1, .factor = 0.5, .steps = 10, .final = 0.25};
  REQUIRE(down(19) > 0.25);
  REQUIRE(down(20) == 0.25);
  REQUIRE(down(21) == 0.25);
  REQUIRE(down(far_past_the_end) == 0.25);
  const ExponentialDecay up{.initial = 1, .factor = 2, .steps = 10, .final = 5};
  REQUIRE(up(23) < 5);
  REQUIRE(up(24) == 5);
  require_within(up, 1, 5);
  const ExponentialDecay negative{.initial = -1, .factor = 0.5, .steps = 10, .final = -0.25};
  REQUIRE(negative(10) == -0.5);
  REQUIRE(negative(40) == -0.25);
  const ExponentialDecay lower{.initial = -1, .factor = 2, .final = -3};
  REQUIRE(lower(1) == -2);
  REQUIRE(lower(2) == -3);
}

TEST_CASE("ExponentialDecay lasts until its final value is reached, or for ever") {
  const auto duration = [](const ExponentialDecay& decay) { return Schedule{decay}.duration(); };
  REQUIRE(duration({.initial = 1, .factor = 0.5, .steps = 10}) < 0);
  REQUIRE(duration({.initial = 1, .factor = 0.5, .steps = 10, .final = 0.25}) == 20);
  REQUIRE(duration({.initial = 1, .factor = 0.5, .steps = 10, .final = 0.2}) == 24);
  REQUIRE(duration({.initial = 1, .factor = 0.5, .steps = 10, .staircase = true, .final = 0.2}) == 30);
  REQUIRE(duration({.initial = 1, .factor = 2, .steps = 10, .final = 5}) == 24);
  REQUIRE(duration({.initial = 1, .factor = 0.5, .final = 0}) < 0);
  REQUIRE(duration({.initial = 1, .factor = 1, .final = 2}) < 0);
  REQUIRE(duration({.initial = 1, .factor = 0.5, .final = 1}) == 0);
  REQUIRE(duration({.initial = 0, .factor = 0.5, .final = 0}) == 0);
  REQUIRE(duration({.initial = 1, .factor = 0.5, .steps = far_past_the_end, .final = 0.01}) ==
          far_past_the_end);
}

TEST_CASE("ExponentialDecay stays finite when it grows") {
  require_within(ExponentialDecay{.initial = 1, .factor = 10}, 0, std::numeric_limits<double>::max());
  require_within(ExponentialDecay{.initial = 0, .factor = 10}, 0, 0);
  require_within(ExponentialDecay{.initial = -1, .factor = 10}, -std::numeric_limits<double>::max(), 0);
  require_within(ExponentialDecay{.initial = 0.3, .factor = 1}, 0.3, 0.3);
}

TEST_CASE("ExponentialDecay refuses bad options") {
  REQUIRE(refusal(ExponentialDecay{.factor = 0.5}) ==
          "descent: ExponentialDecay: initial is nan, must be finite");
  REQUIRE(refusal(ExponentialDecay{.initial = 1}) ==
          "descent: ExponentialDecay: factor is nan, must be greater than 0 and finite");
  REQUIRE(refusal(ExponentialDecay{.initial = 1, .factor = 0}) ==
          "descent: ExponentialDecay: factor is 0, must be greater than 0 and finite");
  REQUIRE(refusal(ExponentialDecay{.initial = 1, .factor = 0.5, .steps = 0}) ==
          "descent: ExponentialDecay: steps is 0, must be at least 1");
  REQUIRE(refusal(ExponentialDecay{.initial = 0.1, .factor = 0.5, .final = 0.2}) ==
          "descent: ExponentialDecay: final is 0.2, must be in [0, 0.1]");
  REQUIRE(refusal(ExponentialDecay{.initial = 0.1, .factor = 2, .final = 0.05}) ==
          "descent: ExponentialDecay: final is 0.05, must be at least 0.1 and finite");
  REQUIRE(refusal(ExponentialDecay{.initial = -0.1, .factor = 0.5, .final = 0.1}) ==
          "descent: ExponentialDecay: final is 0.1, must be in [-0.1, 0]");
  REQUIRE(refusal(ExponentialDecay{.initial = -1, .factor = 2, .final = 3}) ==
          "descent: ExponentialDecay: final is 3, must be in (-inf, -1]");
}
