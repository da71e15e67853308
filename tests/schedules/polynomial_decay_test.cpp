// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/polynomial_decay.hpp>

using descent::PolynomialDecay;
using descent::Schedule;

TEST_CASE("PolynomialDecay falls with a power of the steps left and stays") {
  const PolynomialDecay decay{.initial = 1.25, .final = 0.25, .power = 2, .steps = 4};
  REQUIRE(decay(-1) == 1.25);
  REQUIRE(decay(0) == 1.25);
  REQUIRE(decay(1) == 0.8125);
  REQUIRE(decay(2) == 0.5);
  REQUIRE(decay(3) == 0.3125);
  REQUIRE(decay(4) == 0.25);
  REQUIRE(decay(far_past_the_end) == 0.25);
  REQUIRE(Schedule{decay}.duration() == 4);
  require_within(decay, 0.25, 1.25);
  require_pure(decay);
}

TEST_CASE("PolynomialDecay has the values of PyTorch and Optax") {
  const PolynomialDecay root{.initial = 0.1, .power = 0.5, .steps = 50};
  REQUIRE(root(1) == Approx(0.09899494936611666).epsilon(1e-14));
  REQUIRE(root(80) == 0);
  const PolynomialDecay square{.initial = 0.1, .final = 0.001, .power = 2, .steps = 40};
  REQUIRE(square(1) == Approx(0.095111875).epsilon(1e-14));
}

TEST_CASE("PolynomialDecay is a straight line by default, up or down") {
  const PolynomialDecay rise{.initial = 0, .final = 3, .steps = 3};
  REQUIRE(rise(1) == Approx(1).epsilon(1e-15));
  REQUIRE(rise(2) == Approx(2).epsilon(1e-15));
  REQUIRE(rise(3) == 3);
}

TEST_CASE("PolynomialDecay refuses bad options") {
  REQUIRE(refusal(PolynomialDecay{.steps = 5}) == "descent: PolynomialDecay: initial is nan, must be finite");
  REQUIRE(refusal(PolynomialDecay{.initial = 1, .final = not_a_number, .steps = 5}) ==
          "descent: PolynomialDecay: final is nan, must be finite");
  REQUIRE(refusal(PolynomialDecay{.initial = 1}) ==
          "descent: PolynomialDecay: steps is 0, must be at least 1");
  REQUIRE(refusal(PolynomialDecay{.initial = 1, .power = 0, .steps = 5}) ==
          "descent: PolynomialDecay: power is 0, must be greater than 0 and finite");
}
