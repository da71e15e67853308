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

TEST_CASE("PolynomialDecay with a power of the progress falls slowly first") {
  const PolynomialDecay square{.initial = 1, .steps = 4, .progress_power = 2};
  REQUIRE(square(0) == 1);
  REQUIRE(square(1) == 0.9375);
  REQUIRE(square(3) == 0.4375);
  REQUIRE(square(4) == 0);
  REQUIRE(square(5) == 0);
}

TEST_CASE("PolynomialDecay that extends stretches to the next multiple of its steps, as Keras's cycle") {
  const PolynomialDecay decay{.initial = 1, .final = 0.5, .steps = 10, .extends = true};
  REQUIRE(decay(9) == Approx(0.55).epsilon(1e-14));
  REQUIRE(decay(10) == 0.5);
  REQUIRE(decay(11) == Approx(0.5 + 0.5 * 9 / 20).epsilon(1e-14));
  REQUIRE(decay(20) == 0.5);
  REQUIRE(decay(21) == Approx(0.5 + 0.5 * 9 / 30).epsilon(1e-14));
  REQUIRE(Schedule{decay}.duration() < 0);
  require_within(decay, 0.5, 1);
  require_within(PolynomialDecay{.initial = 1, .steps = far_past_the_end, .extends = true}, 0, 1);
}

TEST_CASE("PolynomialDecay refuses a bad power of the progress") {
  REQUIRE(refusal(PolynomialDecay{.initial = 1, .steps = 5, .progress_power = 0}) ==
          "descent: PolynomialDecay: progress_power is 0, must be greater than 0 and finite");
}
