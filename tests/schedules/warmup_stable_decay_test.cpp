// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/warmup_stable_decay.hpp>

using descent::Cooldown;
using descent::Schedule;
using descent::WarmupStableDecay;

TEST_CASE("WarmupStableDecay rises, stays and comes down") {
  const WarmupStableDecay rate{.peak = 1, .warmup = 4, .stable = 10, .decay = 4, .final = 0.25};
  REQUIRE(rate(-1) == 0.25);
  REQUIRE(rate(0) == 0.25);
  REQUIRE(rate(3) == 1);
  REQUIRE(rate(4) == 1);
  REQUIRE(rate(14) == 1);
  REQUIRE(rate(15) == Approx(0.625).epsilon(1e-15));
  REQUIRE(rate(17) == Approx(0.25 + 0.75 * (1 - std::sqrt(0.75))).epsilon(1e-14));
  REQUIRE(rate(18) == 0.25);
  REQUIRE(rate(19) == 0.25);
  REQUIRE(rate(far_past_the_end) == 0.25);
  REQUIRE(Schedule{rate}.duration() == 18);
  require_within(rate, 0.25, 1);
  require_pure(rate);
}

TEST_CASE("WarmupStableDecay has pytorch_optimizer's values (1-sqrt towards 0, warm-up from 0)") {
  const WarmupStableDecay rate{.peak = 0.1, .warmup = 8, .stable = 30, .decay = 20, .warmup_start = 0};
  REQUIRE(rate(0) == 0);
  REQUIRE(rate(1) == Approx(0.0125).epsilon(1e-14));
  REQUIRE(rate(47) == Approx(0.03291796067500631).epsilon(1e-13));
  REQUIRE(rate(57) == Approx(0.0025320565519103668).epsilon(1e-12));
}

TEST_CASE("WarmupStableDecay comes down in four ways") {
  const auto half_way = [](Cooldown cooldown) {
    return WarmupStableDecay{.peak = 1, .decay = 4, .cooldown = cooldown}(2);
  };
  REQUIRE(half_way(Cooldown::linear) == 0.5);
  REQUIRE(half_way(Cooldown::cosine) == Approx(0.5).epsilon(1e-15));
  REQUIRE(half_way(Cooldown::one_minus_square_root) == Approx(1 - std::sqrt(0.5)).epsilon(1e-15));
  REQUIRE(half_way(Cooldown::one_minus_square) == 0.75);
}

TEST_CASE("WarmupStableDecay of any lengths stays between its values") {
  require_within(
      WarmupStableDecay{
          .peak = 1, .warmup = far_past_the_end, .stable = far_past_the_end, .decay = far_past_the_end},
      0, 1);
  const WarmupStableDecay late{.peak = 1, .warmup = 5, .stable = far_past_the_end - 5, .decay = 9};
  REQUIRE(late(far_past_the_end) == 1);
  REQUIRE(Schedule{late}.duration() == far_past_the_end);
  const WarmupStableDecay bare{.peak = 1, .decay = 1, .final = 0.5};
  REQUIRE(bare(0) == 1);
  REQUIRE(bare(1) == 0.5);
}

TEST_CASE("WarmupStableDecay refuses bad options") {
  REQUIRE(refusal(WarmupStableDecay{.decay = 1}) ==
          "descent: WarmupStableDecay: peak is nan, must be finite");
  REQUIRE(refusal(WarmupStableDecay{.peak = 1}) ==
          "descent: WarmupStableDecay: decay is 0, must be at least 1");
  REQUIRE(refusal(WarmupStableDecay{.peak = 1, .warmup = -1, .decay = 1}) ==
          "descent: WarmupStableDecay: warmup is -1, must be at least 0");
  REQUIRE(refusal(WarmupStableDecay{.peak = 1, .stable = -1, .decay = 1}) ==
          "descent: WarmupStableDecay: stable is -1, must be at least 0");
  REQUIRE(refusal(WarmupStableDecay{.peak = 1, .decay = 1, .final = infinite}) ==
          "descent: WarmupStableDecay: final is inf, must be finite");
  REQUIRE(refusal(WarmupStableDecay{.peak = 1, .decay = 1, .warmup_start = 1.5}) ==
          "descent: WarmupStableDecay: warmup_start is 1.5, must be in [0, 1]");
}
