// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/multi_step.hpp>

using descent::MultiStep;
using descent::Schedule;

TEST_CASE("MultiStep changes at each milestone, not before") {
  const MultiStep steps{.initial = 0.8, .factor = 0.5, .milestones = {10, 30, 60}};
  REQUIRE(steps(-1) == 0.8);
  REQUIRE(steps(0) == 0.8);
  REQUIRE(steps(9) == 0.8);
  REQUIRE(steps(10) == 0.4);
  REQUIRE(steps(29) == 0.4);
  REQUIRE(steps(30) == 0.2);
  REQUIRE(steps(59) == 0.2);
  REQUIRE(steps(60) == 0.1);
  REQUIRE(steps(far_past_the_end) == 0.1);
  require_within(steps, 0.1, 0.8);
  require_pure(steps);
}

TEST_CASE("MultiStep counts a repeated milestone twice (PyTorch, milestones 1, 20, 20, 40)") {
  const MultiStep steps{.initial = 0.1, .factor = 0.5, .milestones = {1, 20, 20, 40}};
  REQUIRE(steps(0) == 0.1);
  REQUIRE(steps(1) == 0.05);
  REQUIRE(steps(19) == 0.05);
  REQUIRE(steps(20) == 0.0125);
  REQUIRE(steps(60) == 0.00625);
}

TEST_CASE("MultiStep may start with a milestone, or have none") {
  REQUIRE(MultiStep{.initial = 1, .factor = 0.5, .milestones = {0, 5}}(0) == 0.5);
  REQUIRE(MultiStep{.initial = 1, .factor = 0.5, .milestones = {0, 5}}(-1) == 0.5);
  REQUIRE(MultiStep{.initial = 1}(0) == 1);
  REQUIRE(MultiStep{.initial = 1}(far_past_the_end) == 1);
}

TEST_CASE("MultiStep lasts until its last milestone") {
  REQUIRE(Schedule{MultiStep{.initial = 1, .milestones = {3, 8}}}.duration() == 8);
  REQUIRE(Schedule{MultiStep{.initial = 1}}.duration() == 0);
}

TEST_CASE("MultiStep counts many milestones like one after the other") {
  MultiStep steps{.initial = 1, .factor = 2, .milestones = {}};
  for (std::int64_t i = 0; i < 40; ++i) steps.milestones.push_back(i * i / 3);
  for (std::int64_t step = 0; step < 600; ++step) {
    double expected = 1;
    for (const std::int64_t milestone : steps.milestones) expected *= milestone <= step ? 2 : 1;
    REQUIRE(steps(step) == expected);
  }
}

TEST_CASE("MultiStep refuses bad options") {
  REQUIRE(refusal(MultiStep{}) == "descent: MultiStep: initial is nan, must be finite");
  REQUIRE(refusal(MultiStep{.initial = 1, .factor = -1}) ==
          "descent: MultiStep: factor is -1, must be at least 0 and finite");
  REQUIRE(refusal(MultiStep{.initial = 1, .milestones = {-1}}) ==
          "descent: MultiStep: milestones[0] is -1, must be at least 0");
  REQUIRE(refusal(MultiStep{.initial = 1, .milestones = {3, 10, 5}}) ==
          "descent: MultiStep: milestones[2] is 5, must be at least 10");
}
