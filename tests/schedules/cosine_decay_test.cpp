// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/cosine_decay.hpp>

using descent::CosineDecay;
using descent::Schedule;

TEST_CASE("CosineDecay goes down half a wave and stays") {
  const CosineDecay decay{.initial = 0.1, .steps = 60, .final = 0.01};
  REQUIRE(decay(-1) == 0.1);
  REQUIRE(decay(0) == 0.1);
  REQUIRE(decay(1) == Approx(0.09993832906395582).epsilon(1e-14));
  REQUIRE(decay(30) == Approx(0.055).epsilon(1e-14));
  REQUIRE(decay(59) == Approx(0.010061670936044178).epsilon(1e-12));
  REQUIRE(decay(60) == 0.01);
  REQUIRE(decay(61) == 0.01);
  REQUIRE(decay(far_past_the_end) == 0.01);
  REQUIRE(Schedule{decay}.duration() == 60);
  require_within(decay, 0.01, 0.1);
  require_pure(decay);
}

TEST_CASE("CosineDecay falls at every step") {
  const CosineDecay decay{.initial = 1, .steps = 1000};
  for (std::int64_t step = 0; step < 1000; ++step) REQUIRE(decay(step) > decay(step + 1));
}

TEST_CASE("CosineDecay with an exponent has Optax's values (alpha 0.1, exponent 2)") {
  const CosineDecay decay{.initial = 0.1, .steps = 60, .final = 0.01, .exponent = 2};
  REQUIRE(decay(0) == 0.1);
  REQUIRE(decay(1) == Approx(0.09987670038684889).epsilon(1e-14));
  REQUIRE(decay(2) == Approx(0.09950764579982763).epsilon(1e-14));
  REQUIRE(decay(80) == 0.01);
}

TEST_CASE("CosineDecay that is periodic climbs back as PyTorch's does") {
  const CosineDecay wave{.initial = 0.1, .steps = 30, .final = 0.01, .periodic = true};
  REQUIRE(wave(29) == wave(31));
  REQUIRE(wave(30) == 0.01);
  REQUIRE(wave(59) == Approx(0.0997534852915723).epsilon(1e-14));
  REQUIRE(wave(60) == 0.1);
  REQUIRE(wave(90) == 0.01);
  REQUIRE(wave(119) == wave(1));
  REQUIRE(Schedule{wave}.duration() < 0);
  require_within(wave, 0.01, 0.1);
  const CosineDecay shortest{.initial = 0.1, .steps = 1, .final = 0.01, .periodic = true};
  REQUIRE(shortest(1) == 0.01);
  REQUIRE(shortest(2) == 0.1);
  require_within(CosineDecay{.initial = 1, .steps = far_past_the_end, .periodic = true}, 0, 1);
  require_within(CosineDecay{.initial = 1, .steps = far_past_the_end / 3, .periodic = true}, 0, 1);
}

TEST_CASE("CosineDecay may go up, as a momentum does") {
  const CosineDecay rise{.initial = 0.85, .steps = 10, .final = 0.95};
  REQUIRE(rise(0) == 0.85);
  REQUIRE(rise(5) == Approx(0.9).epsilon(1e-14));
  REQUIRE(rise(10) == 0.95);
}

TEST_CASE("CosineDecay refuses bad options") {
  REQUIRE(refusal(CosineDecay{.initial = 0.1}) == "descent: CosineDecay: steps is 0, must be at least 1");
  REQUIRE(refusal(CosineDecay{.initial = 0.1, .steps = -7}) ==
          "descent: CosineDecay: steps is -7, must be at least 1");
  REQUIRE(refusal(CosineDecay{.steps = 10}) == "descent: CosineDecay: initial is nan, must be finite");
  REQUIRE(refusal(CosineDecay{.initial = infinite, .steps = 10}) ==
          "descent: CosineDecay: initial is inf, must be finite");
  REQUIRE(refusal(CosineDecay{.initial = 0.1, .steps = 10, .final = not_a_number}) ==
          "descent: CosineDecay: final is nan, must be finite");
  REQUIRE(refusal(CosineDecay{.initial = 0.1, .steps = 10, .exponent = 0}) ==
          "descent: CosineDecay: exponent is 0, must be greater than 0 and finite");
}
