// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/schedule.hpp>

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <type_traits>

using descent::Schedule;
using descent::ScheduleFunction;

namespace {
struct Ramp {
  double slope = 1;
  double operator()(std::int64_t step) const { return slope * static_cast<double>(step); }
};

struct Refused {
  double operator()(std::int64_t) const { return 0; }
  std::int64_t duration() const { return 7; }
  void check() const { throw std::invalid_argument("refused"); }
};

struct Seven {
  double operator()(std::int64_t) const { return 0; }
  std::int64_t duration() const { return 7; }
};

struct NotConst {
  double operator()(std::int64_t) { return 0; }
};
}  // namespace

TEST_CASE("a number is a constant schedule") {
  const Schedule none, real = 0.25, whole = 3, single = 0.5f;
  REQUIRE(none(0) == 0);
  REQUIRE(real(0) == 0.25);
  REQUIRE(real(123456) == 0.25);
  REQUIRE(whole(1) == 3);
  REQUIRE(single(1) == 0.5);
  REQUIRE(real.is_constant());
  REQUIRE(real.duration() == descent::detail::endless);
}

TEST_CASE("a callable is a schedule") {
  const Schedule lambda = [scale = 2.0](std::int64_t step) { return scale * static_cast<double>(step); };
  const Schedule whole = [](std::int64_t step) { return step + 1; };
  const Schedule function = std::function<float(std::int64_t)>([](std::int64_t) { return 0.5f; });
  REQUIRE(lambda(4) == 8);
  REQUIRE(whole(4) == 5);
  REQUIRE(function(4) == 0.5);
  REQUIRE_FALSE(lambda.is_constant());
  REQUIRE(lambda.duration() == descent::detail::endless);
}

TEST_CASE("what is no function of the step is no schedule") {
  STATIC_REQUIRE(ScheduleFunction<Ramp>);
  STATIC_REQUIRE_FALSE(ScheduleFunction<NotConst>);
  STATIC_REQUIRE_FALSE(ScheduleFunction<double>);
  STATIC_REQUIRE_FALSE(ScheduleFunction<Schedule>);
  STATIC_REQUIRE_FALSE(ScheduleFunction<double (*)(std::int64_t)>);
  STATIC_REQUIRE_FALSE(ScheduleFunction<Eigen::VectorXd>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<Eigen::VectorXd, Schedule>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<const char[3], double>);
}

TEST_CASE("a family is checked once, when it becomes a schedule") {
  REQUIRE_THROWS_AS(Schedule{Refused{}}, std::invalid_argument);
  REQUIRE(Refused{}(0) == 0);
}

TEST_CASE("a schedule lasts as long as its function says") {
  REQUIRE(Schedule{Seven{}}.duration() == 7);
  REQUIRE(Schedule{Ramp{}}.duration() == descent::detail::endless);
}

TEST_CASE("the length of a function is read once") {
  struct Asked {
    int* times;
    double operator()(std::int64_t) const { return 0; }
    std::int64_t duration() const { return ++*times; }
  };
  int times = 0;
  const Schedule schedule = Asked{&times}, copy = schedule;
  REQUIRE(copy.duration() + schedule.duration() == 2);
  REQUIRE(times == 1);
}

TEST_CASE("no step has a value before the schedule is read, not even -1") {
  Schedule schedule = [](std::int64_t step) { return step < 0 ? 7.0 : 8.0; };
  const std::int64_t first = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t step : {std::int64_t{-1}, std::int64_t{-2}, first, first + 1})
    REQUIRE(schedule(step) == 7);
  REQUIRE(schedule(0) == 8);
  REQUIRE(schedule(1) == 8);
  schedule.hold(-1);
  const Schedule copy = schedule;
  REQUIRE(copy(-1) == 7);
  REQUIRE(copy(0) == 8);
}

TEST_CASE("copies and moves of a schedule share its values") {
  Schedule first = Ramp{3};
  const Schedule copy = first;
  const Schedule moved = std::move(first);
  REQUIRE(copy(2) == 6);
  REQUIRE(moved(2) == 6);
  Schedule assigned = 1;
  assigned = copy;
  REQUIRE(assigned(2) == 6);
  assigned = 5;
  REQUIRE(assigned.is_constant());
  REQUIRE(assigned(2) == 5);
}

TEST_CASE("a schedule knows the function it was made from") {
  const Schedule ramp = Ramp{3}, number = 3;
  REQUIRE(ramp.target<Ramp>() != nullptr);
  REQUIRE(ramp.target<Ramp>()->slope == 3);
  REQUIRE(ramp.target<Seven>() == nullptr);
  REQUIRE(number.target<Ramp>() == nullptr);
}
