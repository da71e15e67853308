// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/linear_decay.hpp>

using descent::LinearDecay;
using descent::Schedule;

TEST_CASE("LinearDecay goes down in a straight line and stays") {
  constexpr LinearDecay decay{.initial = 0.1, .final = 0.02, .steps = 4};
  REQUIRE(decay(-1) == 0.1);
  REQUIRE(decay(0) == 0.1);
  REQUIRE(decay(1) == Approx(0.08).epsilon(1e-15));
  REQUIRE(decay(2) == Approx(0.06).epsilon(1e-15));
  REQUIRE(decay(3) == Approx(0.04).epsilon(1e-15));
  REQUIRE(decay(4) == 0.02);
  REQUIRE(decay(5) == 0.02);
  REQUIRE(decay(far_past_the_end) == 0.02);
  REQUIRE(Schedule{decay}.duration() == 4);
  require_within(decay, 0.02, 0.1);
  require_pure(decay);
}

TEST_CASE("LinearDecay goes up as well, and through 0") {
  constexpr LinearDecay rise{.initial = -1, .final = 1, .steps = 2};
  REQUIRE(rise(0) == -1);
  REQUIRE(rise(1) == 0);
  REQUIRE(rise(2) == 1);
}

TEST_CASE("LinearDecay has PyTorch's values (LinearLR 0.2 to 0.8 in 17)") {
  constexpr LinearDecay rise{.initial = 0.02, .final = 0.08, .steps = 17};
  REQUIRE(rise(1) == Approx(0.02352941176470589).epsilon(1e-14));
  REQUIRE(rise(2) == Approx(0.02705882352941177).epsilon(1e-14));
}

TEST_CASE("LinearDecay over the largest number of steps") {
  constexpr LinearDecay decay{.initial = 1, .steps = far_past_the_end};
  require_within(decay, 0, 1);
  REQUIRE(decay(far_past_the_end) == 0);
  REQUIRE(decay(far_past_the_end / 2) == Approx(0.5));
  const double huge = std::numeric_limits<double>::max();
  require_within(LinearDecay{.initial = huge, .final = -huge, .steps = 100}, -huge, huge);
}

TEST_CASE("LinearDecay refuses bad options") {
  REQUIRE(refusal(LinearDecay{.steps = 5}) == "descent: LinearDecay: initial is nan, must be finite");
  REQUIRE(refusal(LinearDecay{.initial = 1}) == "descent: LinearDecay: steps is 0, must be at least 1");
  REQUIRE(refusal(LinearDecay{.initial = 1, .final = infinite, .steps = 1}) ==
          "descent: LinearDecay: final is inf, must be finite");
}
