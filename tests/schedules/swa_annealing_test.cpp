// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/swa_annealing.hpp>

using descent::Schedule;
using descent::SwaAnnealing;

TEST_CASE("SwaAnnealing goes to its constant rate as PyTorch's SWALR does") {
  const SwaAnnealing rate{.initial = 0.1, .final = 0.05};
  REQUIRE(rate(-1) == 0.1);
  REQUIRE(rate(0) == 0.1);
  REQUIRE(rate(1) == Approx(0.09877641290737885).epsilon(1e-14));
  REQUIRE(rate(5) == Approx(0.075).epsilon(1e-14));
  REQUIRE(rate(9) > 0.05);
  REQUIRE(rate(10) == 0.05);
  REQUIRE(rate(11) == 0.05);
  REQUIRE(rate(far_past_the_end) == 0.05);
  REQUIRE(Schedule{rate}.duration() == 10);
  require_within(rate, 0.05, 0.1);
  require_pure(rate);
  const SwaAnnealing line{.initial = 0.1, .final = 0.05, .steps = 12, .linear = true};
  REQUIRE(line(1) == Approx(0.09583333333333334).epsilon(1e-14));
  REQUIRE(line(10) == Approx(0.05833333333333334).epsilon(1e-14));
}

TEST_CASE("SwaAnnealing without steps has its final rate from the start") {
  const SwaAnnealing rate{.initial = 0.1, .final = 0.05, .steps = 0};
  REQUIRE(rate(-1) == 0.05);
  REQUIRE(rate(0) == 0.05);
  REQUIRE(Schedule{rate}.duration() == 0);
}

TEST_CASE("SwaAnnealing refuses bad options") {
  REQUIRE(refusal(SwaAnnealing{.final = 1}) == "descent: SwaAnnealing: initial is nan, must be finite");
  REQUIRE(refusal(SwaAnnealing{.initial = 1}) == "descent: SwaAnnealing: final is nan, must be finite");
  REQUIRE(refusal(SwaAnnealing{.initial = 1, .final = 1, .steps = -1}) ==
          "descent: SwaAnnealing: steps is -1, must be at least 0");
}
