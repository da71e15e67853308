// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/cosine_restarts.hpp>

using descent::CosineRestarts;
using descent::Schedule;

TEST_CASE("CosineRestarts starts again after every cycle") {
  const CosineRestarts waves{.initial = 0.1, .steps = 10, .final = 0.01};
  REQUIRE(waves(-1) == 0.1);
  REQUIRE(waves(0) == 0.1);
  REQUIRE(waves(5) == Approx(0.055).epsilon(1e-14));
  REQUIRE(waves(9) > 0.01);
  REQUIRE(waves(9) < 0.013);
  REQUIRE(waves(10) == 0.1);
  REQUIRE(waves(13) == waves(3));
  REQUIRE(waves(10'000'000'003) == waves(3));
  REQUIRE(Schedule{waves}.duration() < 0);
  require_within(waves, 0.01, 0.1);
  require_pure(waves);
}

TEST_CASE("CosineRestarts has PyTorch's values (T_0 4, T_mult 3)") {
  const CosineRestarts waves{.initial = 0.1, .steps = 4, .period_factor = 3};
  REQUIRE(waves(1) == Approx(0.08535533905932738).epsilon(1e-14));
  REQUIRE(waves(4) == 0.1);
  REQUIRE(waves(16) == 0.1);
  REQUIRE(waves(52) == 0.1);
  REQUIRE(waves(149) == Approx(0.0025378678213483054).epsilon(1e-12));
  REQUIRE(waves(150) == Approx(0.0021005243842255605).epsilon(1e-12));
}

TEST_CASE("CosineRestarts finds every cycle of whole length exactly, like a loop over the cycles") {
  for (const std::int64_t factor : {2, 3, 7}) {
    const CosineRestarts waves{.initial = 1, .steps = 5, .period_factor = static_cast<double>(factor)};
    std::int64_t begin = 0, length = 5;
    while (begin < (std::int64_t{1} << 51) / factor) {
      INFO("cycle begins at " << begin << ", lasts " << length);
      REQUIRE(waves(begin) == 1);
      REQUIRE(waves(begin + length / 2) < 0.8);
      REQUIRE(waves(begin + length / 2) > 0.4);
      REQUIRE(waves(begin + length - 1) < 0.1);
      begin += length;
      length *= factor;
    }
  }
}

TEST_CASE("CosineRestarts may have cycles whose length is not whole") {
  const CosineRestarts waves{.initial = 1, .steps = 10, .period_factor = 1.5};
  REQUIRE(waves(10) == 1);
  REQUIRE(waves(25) == 1);
  REQUIRE(waves(47) < 0.01);
  REQUIRE(waves(48) == Approx(1).epsilon(1e-2));
  require_within(waves, 0, 1);
  for (const double factor : {1 + 1e-15, 1 + 1e-9, 1.001, 1.3, 2.0, 1e6})
    for (const std::int64_t steps : {std::int64_t{1}, std::int64_t{10}, far_past_the_end / 2})
      require_within(CosineRestarts{.initial = 1, .steps = steps, .period_factor = factor}, 0, 1);
}

TEST_CASE("CosineRestarts stays between its bounds after so many cycles that their sum is inexact") {
  const CosineRestarts waves{.initial = 1, .steps = 1, .period_factor = 1.0000000014842954};
  for (std::int64_t step = 301'136'977'005; step < 301'136'977'105; ++step) {
    CHECK(waves(step) >= 0);  // not NaN
    CHECK(waves(step) <= 1);
  }
}

TEST_CASE("CosineRestarts may lower or raise its peaks") {
  const CosineRestarts lower{.initial = 1, .steps = 10, .final = 0.1, .peak_factor = 0.5};
  REQUIRE(lower(0) == 1);
  REQUIRE(lower(10) == 0.5);
  REQUIRE(lower(20) == 0.25);
  require_within(lower, 0, 1);
  const CosineRestarts higher{.initial = 1, .steps = 1, .peak_factor = 2};
  REQUIRE(higher(10) == 1024);
  require_within(higher, 0, std::numeric_limits<double>::max());
}

TEST_CASE("CosineRestarts ends after the given number of cycles") {
  const CosineRestarts two{.initial = 1, .steps = 10, .final = 0.25, .cycles = 2};
  REQUIRE(two(10) == 1);
  REQUIRE(two(19) > 0.25);
  REQUIRE(two(20) == 0.25);
  REQUIRE(two(far_past_the_end) == 0.25);
  REQUIRE(Schedule{two}.duration() == 20);
  const auto duration = [](const CosineRestarts& waves) { return Schedule{waves}.duration(); };
  REQUIRE(duration({.initial = 1, .steps = 10, .period_factor = 2, .cycles = 3}) == 70);
  REQUIRE(duration({.initial = 1, .steps = 10, .period_factor = 1.5, .cycles = 3}) == 48);
  REQUIRE(duration({.initial = 1, .steps = 10, .period_factor = 2, .cycles = 300}) == far_past_the_end);
  REQUIRE(duration({.initial = 1, .steps = far_past_the_end, .cycles = 3}) == far_past_the_end);
}

TEST_CASE("CosineRestarts refuses bad options") {
  REQUIRE(refusal(CosineRestarts{.steps = 10}) == "descent: CosineRestarts: initial is nan, must be finite");
  REQUIRE(refusal(CosineRestarts{.initial = 1}) == "descent: CosineRestarts: steps is 0, must be at least 1");
  REQUIRE(refusal(CosineRestarts{.initial = 1, .steps = 1, .final = not_a_number}) ==
          "descent: CosineRestarts: final is nan, must be finite");
  REQUIRE(refusal(CosineRestarts{.initial = 1, .steps = 1, .period_factor = 0.5}) ==
          "descent: CosineRestarts: period_factor is 0.5, must be in [1, 1e+06]");
  REQUIRE(refusal(CosineRestarts{.initial = 1, .steps = 1, .peak_factor = -1}) ==
          "descent: CosineRestarts: peak_factor is -1, must be at least 0 and finite");
  REQUIRE(refusal(CosineRestarts{.initial = 1, .steps = 1, .cycles = 0}) ==
          "descent: CosineRestarts: cycles is 0, must be at least 1");
}

TEST_CASE("CosineRestarts with a warm-up in each cycle has pytorch_optimizer's values") {
  const CosineRestarts waves{.initial = 0.1, .steps = 12, .final = 0.001, .period_factor = 2, .warmup = 3};
  REQUIRE(waves(-1) == 0.001);
  REQUIRE(waves(0) == 0.001);
  REQUIRE(waves(1) == Approx(0.034).epsilon(1e-14));
  REQUIRE(waves(3) == 0.1);
  REQUIRE(waves(5) == Approx(0.09336825748732973).epsilon(1e-13));
  REQUIRE(waves(14) == Approx(0.0026866715986911243).epsilon(1e-12));
  REQUIRE(waves(15) == 0.001);
  REQUIRE(waves(30) == Approx(0.0505).epsilon(1e-13));
  REQUIRE(waves(85) == Approx(0.007631742512670284).epsilon(1e-12));
  require_within(waves, 0.001, 0.1);
}

TEST_CASE("CosineRestarts refuses a bad warm-up or power of the progress") {
  REQUIRE(refusal(CosineRestarts{.initial = 1, .steps = 1, .warmup = -1}) ==
          "descent: CosineRestarts: warmup is -1, must be at least 0");
  REQUIRE(refusal(CosineRestarts{.initial = 1, .steps = 1, .progress_power = 0}) ==
          "descent: CosineRestarts: progress_power is 0, must be greater than 0 and finite");
}
