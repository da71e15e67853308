// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/chebyshev.hpp>

using descent::Chebyshev;
using descent::Schedule;

TEST_CASE("Chebyshev goes through the steps of an ideal quadratic in the fractal order") {
  const Chebyshev rate{.scale = 1, .steps = 4};
  REQUIRE(rate(-1) == rate(0));
  REQUIRE(rate(0) == Approx(11.606688053809435).epsilon(1e-14));
  REQUIRE(rate(1) == Approx(1.0375136099834763).epsilon(1e-14));
  REQUIRE(rate(2) == Approx(2.913537542658826).epsilon(1e-14));
  REQUIRE(rate(3) == Approx(1.4148781761898548).epsilon(1e-14));
  REQUIRE(rate(4) == rate(3));
  REQUIRE(rate(far_past_the_end) == rate(3));
  REQUIRE(Schedule{rate}.duration() == 4);
  require_within(rate, 1, 20);
  require_pure(rate);
}

TEST_CASE("Chebyshev has pytorch_optimizer's values, which come two steps later") {
  const Chebyshev rate{.scale = 0.1, .steps = 16};
  REQUIRE(rate(0) == Approx(1.9125119558059767).epsilon(1e-14));
  REQUIRE(rate(1) == Approx(0.10022924983586518).epsilon(1e-14));
  REQUIRE(rate(2) == Approx(0.20901181252459122).epsilon(1e-14));
  REQUIRE(rate(12) == Approx(0.942619015387515).epsilon(1e-14));
}

TEST_CASE("Chebyshev rounds its length up to a power of two and uses each step once") {
  for (const std::int64_t steps : {1, 2, 3, 5, 33, 64}) {
    const Chebyshev rate{.scale = 1, .steps = steps, .smallest = 0.01};
    const std::int64_t length = Schedule{rate}.duration();
    REQUIRE(length >= steps);
    REQUIRE(length < 2 * steps);
    double inverse = 0;  // of evenly spaced cosines only the middle remains
    for (std::int64_t step = 0; step < length; ++step) inverse += 1 / rate(step);
    REQUIRE(inverse / static_cast<double>(length) == Approx((0.01 + 1) / 2).epsilon(1e-12));
  }
}

TEST_CASE("Chebyshev of one curvature is constant, and finite for the smallest there is") {
  const Chebyshev constant{.scale = 1, .steps = 7, .smallest = 0.5, .largest = 0.5};
  for (std::int64_t step = 0; step < 10; ++step) REQUIRE(constant(step) == Approx(2).epsilon(1e-15));
  require_within(Chebyshev{.scale = 1e300, .steps = 1'000'000'000'000'000'000, .smallest = 1e-300}, 0,
                 std::numeric_limits<double>::max());
}

TEST_CASE("Chebyshev refuses bad options") {
  REQUIRE(refusal(Chebyshev{.steps = 4}) == "descent: Chebyshev: scale is nan, must be finite");
  REQUIRE(refusal(Chebyshev{.scale = 1}) == "descent: Chebyshev: steps is 0, must be in [1, 1e+18]");
  REQUIRE(refusal(Chebyshev{.scale = 1, .steps = 4, .smallest = 0}) ==
          "descent: Chebyshev: smallest is 0, must be greater than 0 and finite");
  REQUIRE(refusal(Chebyshev{.scale = 1, .steps = 4, .smallest = 2, .largest = 1}) ==
          "descent: Chebyshev: largest is 1, must be at least 2 and finite");
}
