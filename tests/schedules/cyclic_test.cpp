// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/cyclic.hpp>

using descent::Cyclic;
using descent::Schedule;

TEST_CASE("Cyclic goes up and down for ever") {
  const Cyclic rate{.initial = 0.25, .peak = 1.25, .rise = 4};
  REQUIRE(rate(-1) == 0.25);
  REQUIRE(rate(0) == 0.25);
  REQUIRE(rate(1) == 0.5);
  REQUIRE(rate(3) == 1);
  REQUIRE(rate(4) == 1.25);
  REQUIRE(rate(5) == 1);
  REQUIRE(rate(7) == 0.5);
  REQUIRE(rate(8) == 0.25);
  REQUIRE(rate(8'000'000'004) == 1.25);
  REQUIRE(Schedule{rate}.duration() < 0);
  require_within(rate, 0.25, 1.25);
  require_pure(rate);
}

TEST_CASE("Cyclic has PyTorch's values (triangular2, exp_range)") {
  const Cyclic halving{.initial = 0.001, .peak = 0.1, .rise = 10, .fall = 15, .cycle_factor = 0.5};
  REQUIRE(halving(10) == Approx(0.1).epsilon(1e-14));
  REQUIRE(halving(14) == Approx(0.0736).epsilon(1e-14));
  REQUIRE(halving(31) == Approx(0.0307).epsilon(1e-13));
  REQUIRE(halving(99) == Approx(0.001825).epsilon(1e-13));
  const Cyclic fading{.initial = 0.001, .peak = 0.1, .rise = 8, .step_factor = 0.98};
  REQUIRE(fading(5) == Approx(0.05693009930199999).epsilon(1e-13));
  REQUIRE(fading(100) == Approx(0.007564668016790271).epsilon(1e-13));
}

TEST_CASE("Cyclic may fall at once, and a momentum goes the other way") {
  const Cyclic saw{.initial = 0, .peak = 1, .rise = 4, .fall = 0};
  REQUIRE(saw(3) == 0.75);
  REQUIRE(saw(4) == 0);  // not the peak
  require_within(saw, 0, 0.75);
  const Cyclic momentum{.initial = 0.9, .peak = 0.8, .rise = 5};
  REQUIRE(momentum(0) == 0.9);
  REQUIRE(momentum(5) == Approx(0.8).epsilon(1e-15));
}

TEST_CASE("Cyclic takes a scale of the user's for each cycle") {
  const Cyclic rate{.initial = 1, .peak = 2, .rise = 2, .scale = [](std::int64_t cycle) {
                      return 1.0 + static_cast<double>(cycle);
                    }};
  REQUIRE(rate(2) == 2);
  REQUIRE(rate(6) == 3);
  REQUIRE(rate(10) == 4);
}

TEST_CASE("Cyclic stays finite when its cycles grow, and of any length") {
  const double largest = std::numeric_limits<double>::max();
  require_within(Cyclic{.initial = 0, .peak = 1, .rise = 1, .cycle_factor = 3}, 0, largest);
  require_within(Cyclic{.initial = 0, .peak = 1, .rise = 3, .step_factor = 1.5}, 0, largest);
  require_within(Cyclic{.initial = 0, .peak = 1, .rise = far_past_the_end}, 0, 1);
  require_within(Cyclic{.initial = 0, .peak = 1, .rise = 10, .cycle_factor = 0}, 0, 1);
}

TEST_CASE("Cyclic refuses bad options") {
  REQUIRE(refusal(Cyclic{.peak = 1, .rise = 1}) == "descent: Cyclic: initial is nan, must be finite");
  REQUIRE(refusal(Cyclic{.initial = 1, .rise = 1}) == "descent: Cyclic: peak is nan, must be finite");
  REQUIRE(refusal(Cyclic{.initial = 1, .peak = 1}) == "descent: Cyclic: rise is 0, must be at least 1");
  REQUIRE(refusal(Cyclic{.initial = 1, .peak = 1, .rise = 1, .fall = -1}) ==
          "descent: Cyclic: fall is -1, must be at least 0");
  REQUIRE(refusal(Cyclic{.initial = 1, .peak = 1, .rise = 1, .cycle_factor = -1}) ==
          "descent: Cyclic: cycle_factor is -1, must be at least 0 and finite");
  REQUIRE(refusal(Cyclic{.initial = 1, .peak = 1, .rise = 1, .step_factor = infinite}) ==
          "descent: Cyclic: step_factor is inf, must be at least 0 and finite");
  REQUIRE(refusal(Cyclic{.initial = 1, .peak = 1, .rise = 1, .scale = not_a_number}) ==
          "descent: Cyclic: scale is nan, must be finite");
}
