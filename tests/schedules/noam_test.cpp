// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/inverse_square_root.hpp>
#include <descent/schedules/noam.hpp>

using descent::Noam;
using descent::Schedule;

TEST_CASE("Noam rises in a line and falls with the square root") {
  const Noam rate{.model_size = 64, .warmup = 30};
  REQUIRE(rate(-1) == rate(0));
  REQUIRE(rate(0) == Approx(0.0007607257743127308).epsilon(1e-13));
  REQUIRE(rate(28) < rate(29));
  REQUIRE(rate(29) == Approx(0.02282177322938192).epsilon(1e-13));
  REQUIRE(rate(30) == Approx(0.022450662753346864).epsilon(1e-13));
  REQUIRE(rate(99) == Approx(0.0125).epsilon(1e-13));
  REQUIRE(Schedule{rate}.duration() < 0);
  require_within(rate, 0, rate(29));
  require_pure(rate);
}

TEST_CASE("Noam is a warm-up and an inverse square root") {
  const Noam noam{.model_size = 512, .warmup = 40, .factor = 2};
  const double peak = 2 / std::sqrt(512.0 * 40);
  const Schedule same = descent::warmup(40) >> descent::InverseSquareRoot{.initial = peak, .steps = 40};
  for (std::int64_t step = 0; step < 40; ++step) REQUIRE(noam(step) == Approx(same(step)).epsilon(1e-14));
  for (std::int64_t step = 40; step < 200; ++step)
    REQUIRE(noam(step) == Approx(same(step + 1)).epsilon(1e-14));
}

TEST_CASE("Noam of any size stays finite") {
  require_within(Noam{.model_size = far_past_the_end, .warmup = far_past_the_end}, 0, 1);
  require_within(Noam{.model_size = 1, .warmup = 1}, 0, 1);
}

TEST_CASE("Noam refuses bad options") {
  REQUIRE(refusal(Noam{.warmup = 1}) == "descent: Noam: model_size is 0, must be at least 1");
  REQUIRE(refusal(Noam{.model_size = 1}) == "descent: Noam: warmup is 0, must be at least 1");
  REQUIRE(refusal(Noam{.model_size = 1, .warmup = 1, .factor = infinite}) ==
          "descent: Noam: factor is inf, must be finite");
}
