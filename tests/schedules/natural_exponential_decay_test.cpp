// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/exponential_decay.hpp>
#include <descent/schedules/natural_exponential_decay.hpp>

using descent::ExponentialDecay;
using descent::NaturalExponentialDecay;
using descent::Schedule;

TEST_CASE("NaturalExponentialDecay falls by the same share at every step") {
  const NaturalExponentialDecay decay{.initial = 2, .decay = 1, .steps = 10};
  REQUIRE(decay(-1) == 2);
  REQUIRE(decay(0) == 2);
  REQUIRE(decay(1) == Approx(2 * std::exp(-0.1)).epsilon(1e-15));
  REQUIRE(decay(9) == Approx(2 * std::exp(-0.9)).epsilon(1e-15));
  REQUIRE(decay(10) == Approx(2 * std::exp(-1)).epsilon(1e-15));
  REQUIRE(decay(far_past_the_end) == 0);
  REQUIRE(Schedule{decay}.duration() < 0);
  require_within(decay, 0, 2);
  require_pure(decay);
}

TEST_CASE("NaturalExponentialDecay is ExponentialDecay with the factor e^-decay") {
  const NaturalExponentialDecay natural{.initial = 0.1, .decay = 0.3, .steps = 7, .staircase = true};
  const ExponentialDecay plain{.initial = 0.1, .factor = std::exp(-0.3), .steps = 7, .staircase = true};
  for (std::int64_t step = 0; step < 100; ++step)
    REQUIRE(natural(step) == Approx(plain(step)).epsilon(1e-14));
}

TEST_CASE("NaturalExponentialDecay stays finite") {
  require_within(NaturalExponentialDecay{.initial = 1, .decay = 1e308}, 0, 1);
  require_within(NaturalExponentialDecay{.initial = 1, .decay = 0}, 1, 1);
}

TEST_CASE("NaturalExponentialDecay refuses bad options") {
  REQUIRE(refusal(NaturalExponentialDecay{.decay = 1}) ==
          "descent: NaturalExponentialDecay: initial is nan, must be finite");
  REQUIRE(refusal(NaturalExponentialDecay{.initial = 1, .decay = -1}) ==
          "descent: NaturalExponentialDecay: decay is -1, must be at least 0 and finite");
  REQUIRE(refusal(NaturalExponentialDecay{.initial = 1, .decay = 1, .steps = 0}) ==
          "descent: NaturalExponentialDecay: steps is 0, must be at least 1");
}
