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

TEST_CASE("CosineDecay in several waves climbs back and comes down again") {
  const CosineDecay waves{.initial = 1, .steps = 30, .final = 0.2, .waves = 1.5};
  REQUIRE(waves(0) == 1);
  REQUIRE(waves(10) == Approx(0.2).epsilon(1e-14));
  REQUIRE(waves(20) == Approx(1).epsilon(1e-14));
  REQUIRE(waves(30) == Approx(0.2).epsilon(1e-14));
  REQUIRE(waves(31) == waves(30));
  REQUIRE(waves(far_past_the_end) == waves(30));
  const CosineDecay whole{.initial = 1, .steps = 30, .final = 0.2, .waves = 1};
  REQUIRE(whole(30) == Approx(1).epsilon(1e-14));
  require_within(waves, 0.2, 1);
}

TEST_CASE("CosineDecay with restarts starts each half wave at the top, as Hugging Face's hard restarts") {
  const CosineDecay hard{.initial = 1, .steps = 30, .final = 0.2, .waves = 1.5, .restarts = true};
  const CosineDecay one{.initial = 1, .steps = 10, .final = 0.2};
  for (std::int64_t step = 0; step < 30; ++step) REQUIRE(hard(step) == Approx(one(step % 10)).epsilon(1e-13));
  REQUIRE(hard(10) == 1);
  REQUIRE(hard(30) == 0.2);
  REQUIRE(hard(31) == 0.2);
  require_within(hard, 0.2, 1);
  require_within(CosineDecay{.initial = 1, .steps = 7, .waves = 1e6, .restarts = true}, 0, 1);
}

TEST_CASE("CosineDecay with a power of the progress has timm's values (k_decay 1.5)") {
  const CosineDecay decay{.initial = 0.1, .steps = 60, .progress_power = 1.5};
  REQUIRE(decay(1) == Approx(0.09999885768902542).epsilon(1e-14));
  REQUIRE(decay(30) == Approx(0.07220079201631067).epsilon(1e-13));
  REQUIRE(decay(59) == Approx(0.00015284862486354968).epsilon(1e-11));
  REQUIRE(decay(60) == 0);
}

TEST_CASE("CosineDecay refuses bad waves") {
  REQUIRE(refusal(CosineDecay{.initial = 0.1, .steps = 10, .waves = 0}) ==
          "descent: CosineDecay: waves is 0, must be in (0, 1e+06]");
  REQUIRE(refusal(CosineDecay{.initial = 0.1, .steps = 10, .progress_power = -1}) ==
          "descent: CosineDecay: progress_power is -1, must be greater than 0 and finite");
  REQUIRE(refusal(CosineDecay{.initial = 0.1, .steps = 10, .periodic = true, .restarts = true}) ==
          "descent: CosineDecay: restarts and periodic exclude each other; CosineRestarts has both");
}
