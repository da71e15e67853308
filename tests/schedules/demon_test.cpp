// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/demon.hpp>

using descent::Demon;
using descent::Schedule;

TEST_CASE("Demon lowers the momentum to 0") {
  const Demon momentum{.steps = 10};
  REQUIRE(momentum(-1) == 0.9);
  REQUIRE(momentum(0) == 0.9);
  REQUIRE(momentum(5) == Approx(0.9 * 0.5 / (0.1 + 0.9 * 0.5)).epsilon(1e-15));
  REQUIRE(momentum(9) == Approx(0.09 / 0.19).epsilon(1e-15));
  REQUIRE(momentum(10) == 0);
  REQUIRE(momentum(11) == 0);
  REQUIRE(momentum(far_past_the_end) == 0);
  REQUIRE(Schedule{momentum}.duration() == 10);
  require_within(momentum, 0, 0.9);
  require_pure(momentum);
}

TEST_CASE("Demon lets the weight of a gradient in the sum of all updates fall in a line") {
  const Demon momentum{.steps = 40, .initial = 0.8};
  for (std::int64_t step = 0; step < 40; ++step) {
    const double beta = momentum(step);
    REQUIRE(beta / (1 - beta) == Approx(4 * (1 - static_cast<double>(step) / 40)).epsilon(1e-13));
  }
}

TEST_CASE("Demon without momentum and of any length") {
  require_within(Demon{.steps = 5, .initial = 0}, 0, 0);
  require_within(Demon{.steps = far_past_the_end, .initial = 0.999}, 0, 0.999);
}

TEST_CASE("Demon refuses bad options") {
  REQUIRE(refusal(Demon{}) == "descent: Demon: steps is 0, must be at least 1");
  REQUIRE(refusal(Demon{.steps = 1, .initial = 1}) == "descent: Demon: initial is 1, must be in [0, 1)");
  REQUIRE(refusal(Demon{.steps = 1, .initial = -0.1}) ==
          "descent: Demon: initial is -0.1, must be in [0, 1)");
}
