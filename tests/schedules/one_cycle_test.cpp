// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/one_cycle.hpp>

using descent::OneCycle;
using descent::OneCycleMomentum;
using descent::Schedule;

TEST_CASE("OneCycle goes up to the peak and down to almost nothing") {
  const OneCycle rate{.peak = 0.1, .steps = 100};
  REQUIRE(rate(-1) == rate(0));
  REQUIRE(rate(0) == Approx(0.004).epsilon(1e-14));
  REQUIRE(rate(1) == Approx(0.004281378056590748).epsilon(1e-13));
  REQUIRE(rate(28) < 0.1);
  REQUIRE(rate(29) == 0.1);
  REQUIRE(rate(30) == Approx(0.09994965352845243).epsilon(1e-13));
  REQUIRE(rate(98) > 4e-7);
  REQUIRE(rate(99) == Approx(4e-7).epsilon(1e-14));
  REQUIRE(rate(100) == rate(99));
  REQUIRE(rate(far_past_the_end) == rate(99));
  REQUIRE(Schedule{rate}.duration() == 100);
  require_within(rate, 0, 0.1);
  require_pure(rate);
}

TEST_CASE("OneCycle in three phases has PyTorch's values") {
  const OneCycle rate{.peak = 0.1, .steps = 100, .fall = 0.6, .initial_divisor = 10, .final_divisor = 100};
  REQUIRE(rate(0) == Approx(0.01).epsilon(1e-14));
  REQUIRE(rate(29) == 0.1);
  REQUIRE(rate(57) == Approx(0.010263791928053819).epsilon(1e-13));
  REQUIRE(rate(58) == Approx(0.01).epsilon(1e-14));
  REQUIRE(rate(59) == Approx(0.009985475715859515).epsilon(1e-13));
  REQUIRE(rate(99) == Approx(0.0001).epsilon(1e-14));
}

TEST_CASE("OneCycle in straight lines that end after the last step has Optax's values") {
  const OneCycle rate{.peak = 0.1, .steps = 100, .fall = 0.85, .linear = true, .final_after_end = true};
  REQUIRE(rate(1) == Approx(0.0072).epsilon(1e-14));
  REQUIRE(rate(30) == 0.1);
  REQUIRE(rate(31) == Approx(0.09825454545454546).epsilon(1e-14));
  REQUIRE(rate(85) == Approx(0.004).epsilon(1e-14));
  REQUIRE(rate(99) == Approx(0.00026704).epsilon(1e-13));
  REQUIRE(rate(100) == Approx(4e-7).epsilon(1e-14));
  REQUIRE(rate(101) == rate(100));
}

TEST_CASE("OneCycle comes with a momentum that goes the other way") {
  const OneCycleMomentum momentum = OneCycle{.peak = 0.1, .steps = 100}.momentum();
  REQUIRE(momentum(-1) == 0.95);
  REQUIRE(momentum(0) == 0.95);
  REQUIRE(momentum(10) == Approx(0.9234204220349895).epsilon(1e-14));
  REQUIRE(momentum(29) == 0.85);
  REQUIRE(momentum(99) == 0.95);
  REQUIRE(momentum(far_past_the_end) == 0.95);
  REQUIRE(Schedule{momentum}.duration() == 100);
  require_within(momentum, 0.85, 0.95);
  require_pure(momentum);
  const OneCycleMomentum three = OneCycle{.peak = 0.1, .steps = 100, .fall = 0.6}.momentum(0.95, 0.85);
  REQUIRE(three(50) == Approx(0.9323693142390913).epsilon(1e-14));
  REQUIRE(three(70) == 0.95);
}

TEST_CASE("OneCycle of any length and any phases stays between its values") {
  for (const std::int64_t steps : {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, far_past_the_end})
    for (const double rise : {0.0, 0.3, 1.0})
      for (const double fall : {-1.0, 0.3, 1.0, 2.0})
        for (const bool after_end : {false, true}) {
          OneCycle rate{.peak = 1, .steps = steps, .rise = rise, .final_after_end = after_end};
          if (fall >= rise) rate.fall = fall;
          require_within(rate, 0, 1);
          require_within(rate.momentum(), 0.85, 0.95);
        }
}

TEST_CASE("OneCycle with a rise of less than two steps skips the peak or begins at it") {
  const auto rate = [](double rise, bool after_end = false) {
    return OneCycle{.peak = 1, .steps = 10, .rise = rise, .final_after_end = after_end};
  };
  REQUIRE(rate(0.2)(0) == Approx(0.04));
  REQUIRE(rate(0.2)(1) == 1);
  REQUIRE(rate(0.15)(0) == Approx(0.04));
  REQUIRE(rate(0.15)(1) < 1);
  REQUIRE(rate(0.15)(1) > rate(0.15)(2));
  REQUIRE(rate(0.1)(0) == 1);
  REQUIRE(rate(0)(0) < 1);
  REQUIRE(rate(0)(0) > rate(0)(1));
  REQUIRE(rate(0.1, true)(0) == Approx(0.04));
  REQUIRE(rate(0.1, true)(1) == 1);
  REQUIRE(rate(0.09, true)(0) == 1);
  REQUIRE(rate(0.1).momentum()(0) == 0.85);
}

TEST_CASE("OneCycle with only a rise ends at the peak") {
  for (const bool after_end : {false, true}) {
    const OneCycle rate{.peak = 1, .steps = 10, .rise = 1, .final_after_end = after_end};
    REQUIRE(rate(0) == Approx(0.04));
    REQUIRE(rate(after_end ? 10 : 9) == 1);
    REQUIRE(rate(far_past_the_end) == 1);
    REQUIRE(rate.momentum()(far_past_the_end) == 0.85);
  }
}

TEST_CASE("OneCycle refuses bad options") {
  REQUIRE(refusal(OneCycle{.steps = 9}) == "descent: OneCycle: peak is nan, must be finite");
  REQUIRE(refusal(OneCycle{.peak = 1}) == "descent: OneCycle: steps is 0, must be at least 1");
  REQUIRE(refusal(OneCycle{.peak = 1, .steps = 9, .rise = 1.5}) ==
          "descent: OneCycle: rise is 1.5, must be in [0, 1]");
  REQUIRE(refusal(OneCycle{.peak = 1, .steps = 9, .fall = 0.2}) ==
          "descent: OneCycle: fall is 0.2, must be in [0.3, 2]");
  REQUIRE(refusal(OneCycle{.peak = 1, .steps = 9, .initial_divisor = 0}) ==
          "descent: OneCycle: initial_divisor is 0, must be greater than 0 and finite");
  REQUIRE(refusal(OneCycle{.peak = 1, .steps = 9, .final_divisor = -1}) ==
          "descent: OneCycle: final_divisor is -1, must be greater than 0 and finite");
  REQUIRE(refusal(OneCycle{.peak = 1e300, .steps = 9, .initial_divisor = 1e-300}) ==
          "descent: OneCycle: peak / initial_divisor / final_divisor is too large");
  REQUIRE(refusal(OneCycleMomentum{.steps = 0}) ==
          "descent: OneCycleMomentum: steps is 0, must be at least 1");
  REQUIRE(refusal(OneCycleMomentum{.steps = 9, .high = 1}) ==
          "descent: OneCycleMomentum: high is 1, must be in [0, 1)");
  REQUIRE(refusal(OneCycleMomentum{.steps = 9, .low = -1}) ==
          "descent: OneCycleMomentum: low is -1, must be in [0, 1)");
}
