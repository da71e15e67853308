// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/compose/algebra.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/exponential_decay.hpp>
#include <descent/schedules/linear_decay.hpp>
#include <descent/schedules/multi_step.hpp>
#include <descent/schedules/step_decay.hpp>

using descent::CosineDecay;
using descent::ExponentialDecay;
using descent::hold;
using descent::join;
using descent::LinearDecay;
using descent::MultiStep;
using descent::Schedule;
using descent::StepDecay;
using descent::warmup;

namespace {
constexpr const char* endless_before =
    "descent: >>: the schedule before >> never ends, so the one after it would never start; end it with "
    "join({first, second}, {steps}), or a number with >> hold(steps)";

struct Triangle {  // a user's schedule with its own duration
  double operator()(std::int64_t step) const { return step < 3 ? static_cast<double>(step) : 3.0; }
  std::int64_t duration() const { return 3; }
};

void require_same(const Schedule& a, const Schedule& b) {
  for (std::int64_t step = -1; step < 100; ++step) {
    INFO("step " << step);
    REQUIRE(a(step) == b(step));
  }
  REQUIRE(a(far_past_the_end) == b(far_past_the_end));
  REQUIRE(a.duration() == b.duration());
}
}  // namespace

TEST_CASE("each part of a sequence runs on its own clock") {
  const LinearDecay first{.initial = 1, .final = 0.5, .steps = 5};
  const CosineDecay second{.initial = 0.3, .steps = 7, .final = 0.1};
  const Schedule both = first >> second;
  for (std::int64_t step = 0; step < 5; ++step) REQUIRE(both(step) == first(step));
  for (std::int64_t step = 0; step < 20; ++step) REQUIRE(both(step + 5) == second(step));
  REQUIRE(both(far_past_the_end) == 0.1);
  REQUIRE(both.duration() == 12);
  require_within(both, 0.1, 1);
}

TEST_CASE("grouping does not matter") {
  const LinearDecay a{.initial = 1, .final = 0.5, .steps = 5};
  const CosineDecay b{.initial = 0.3, .steps = 7, .final = 0.1};
  const StepDecay c{.initial = 0.2, .factor = 0.5, .every = 4};
  require_same((a >> b) >> c, a >> (b >> c));
  require_same((a >> hold(3)) >> b, a >> (hold(3) >> b));
  require_same((warmup(3) >> a) >> b, warmup(3) >> (a >> b));
  require_same((a >> warmup(3)) >> b, a >> (warmup(3) >> b));
  require_same(((a >> hold(2)) >> warmup(3)) >> (b >> c), a >> (hold(2) >> (warmup(3) >> (b >> c))));
  const Schedule erased = hold(3) >> b, endless = b >> c;
  require_same(a >> erased, (a >> hold(3)) >> b);
  require_same(a >> endless, (a >> b) >> c);
}

TEST_CASE("hold keeps the last value of the part before it") {
  const LinearDecay first{.initial = 1, .final = 0.5, .steps = 5};
  const Schedule rate = first >> hold(3) >> CosineDecay{.initial = 0.25, .steps = 7};
  REQUIRE(rate(4) == Approx(0.6).epsilon(1e-15));
  REQUIRE(rate(5) == 0.5);
  REQUIRE(rate(7) == 0.5);
  REQUIRE(rate(8) == 0.25);
  REQUIRE(rate.duration() == 15);
  const Schedule stairs = MultiStep{.initial = 1, .factor = 0.5, .milestones = {2, 4}} >> hold(2) >> 0.1;
  REQUIRE(stairs(3) == 0.5);
  REQUIRE(stairs(4) == 0.25);
  REQUIRE(stairs(5) == 0.25);
  REQUIRE(stairs(6) == 0.1);
  const Schedule last = first >> hold(3);
  REQUIRE(last(far_past_the_end) == 0.5);
  REQUIRE(last.duration() == 8);
  const Schedule twice = first >> hold(3) >> hold(4) >> 0.1;
  REQUIRE(twice(11) == 0.5);
  REQUIRE(twice(12) == 0.1);
}

TEST_CASE("hold without a part before it keeps the first value of the part after it") {
  const CosineDecay after{.initial = 0.25, .steps = 7};
  const Schedule rate = hold(3) >> after;
  for (std::int64_t step = 0; step < 3; ++step) REQUIRE(rate(step) == 0.25);
  REQUIRE(rate(4) == after(1));
  const Schedule stable = warmup(2) >> hold(3) >> after;
  REQUIRE(stable(0) == 0.125);
  REQUIRE(stable(1) == 0.25);
  REQUIRE(stable(4) == 0.25);
  REQUIRE(stable(6) == after(1));
  REQUIRE(stable.duration() == 12);
  require_same(hold(1) >> hold(2) >> after, hold(3) >> after);
  require_same(hold(0) >> after, after);
}

TEST_CASE("a number is held for the time that is said") {
  const Schedule rate = warmup(2) >> 0.1 >> hold(3) >> LinearDecay{.initial = 1, .steps = 4};
  REQUIRE(rate(0) == 0.05);
  REQUIRE(rate(1) == 0.1);
  REQUIRE(rate(4) == 0.1);
  REQUIRE(rate(5) == 1);
  REQUIRE(rate.duration() == 9);
  const Schedule steps = 1.0 >> hold(2) >> 0.5 >> hold(2) >> 0.25;
  REQUIRE(steps(1) == 1);
  REQUIRE(steps(2) == 0.5);
  REQUIRE(steps(4) == 0.25);
  REQUIRE(steps(far_past_the_end) == 0.25);
  REQUIRE(steps.duration() < 0);
}

TEST_CASE("a warm-up in the middle rises to the part after it") {
  const Schedule rate = LinearDecay{.initial = 1, .steps = 2} >> warmup(4) >> Schedule{0.8};
  REQUIRE(rate(1) == 0.5);
  REQUIRE(rate(2) == 0.2);
  REQUIRE(rate(5) == 0.8);
  REQUIRE(rate(6) == 0.8);
  const Schedule twice = warmup(2) >> warmup(2) >> Schedule{0.8};
  REQUIRE(twice(0) == 0.2);
  REQUIRE(twice(1) == 0.4);
  REQUIRE(twice(2) == 0.4);
  REQUIRE(twice(3) == 0.8);
}

TEST_CASE("callables of the user's are parts like any other") {
  const auto line = [](std::int64_t step) { return static_cast<double>(step); };
  const Schedule after = warmup(2) >> [](std::int64_t step) { return 5.0 + static_cast<double>(step); };
  REQUIRE(after(0) == 2.5);
  REQUIRE(after(1) == 5);
  REQUIRE(after(2) == 5);
  REQUIRE(after(4) == 7);
  const Schedule both = Schedule{Triangle{}} >> line;
  REQUIRE(both(2) == 2);
  REQUIRE(both(3) == 0);
  REQUIRE(both(10) == 7);
}

TEST_CASE("an endless part before another is refused when the program runs") {
  const Schedule stairs = StepDecay{.initial = 1, .every = 2}, number = 0.1;
  const Schedule lambda = [](std::int64_t) { return 1.0; };
  const CosineDecay after{.initial = 1, .steps = 2};
  REQUIRE(message_of([&] { stairs >> after; }) == endless_before);
  REQUIRE(message_of([&] { number >> after; }) == endless_before);
  REQUIRE(message_of([&] { lambda >> lambda; }) == endless_before);
  REQUIRE(message_of([&] { warmup(2) >> stairs >> after; }) == endless_before);
  REQUIRE(message_of([&] { stairs >> hold(2); }) == endless_before);
  REQUIRE(message_of([&] { ExponentialDecay{1, 0.5} >> after; }) == endless_before);
  REQUIRE(message_of([&] { CosineDecay{1, 2, 0, 1, true} >> after; }) == endless_before);
  REQUIRE(message_of([&] { warmup(2) >> 0.1 >> after; }) == endless_before);
  REQUIRE(message_of([&] { ExponentialDecay{1, 0.5, 1, false, 0.1} >> after; }) == "");
}

TEST_CASE("a sequence without a schedule is refused") {
  const std::string nothing_to_hold =
      "descent: hold: there is no schedule whose value it could hold: a >> hold(n) >> b";
  const std::string nothing_after = "descent: warmup: there is no schedule after it: write warmup(n) >> s";
  REQUIRE(refusal(hold(2) >> hold(3)) == nothing_to_hold);
  REQUIRE(refusal(warmup(2) >> hold(3)) == nothing_to_hold);
  REQUIRE(refusal(LinearDecay{.initial = 1, .steps = 2} >> warmup(3)) == nothing_after);
  REQUIRE(message_of([] { hold(-1); }) == "descent: hold: steps is -1, must be at least 0");
  REQUIRE(message_of([] { CosineDecay{.initial = 1} >> hold(1); }) ==
          "descent: CosineDecay: steps is 0, must be at least 1");
}

TEST_CASE("very long parts do not overflow") {
  const LinearDecay longest{.initial = 1, .final = 0.5, .steps = far_past_the_end};
  const Schedule rate = longest >> hold(far_past_the_end) >> warmup(far_past_the_end) >> longest;
  require_within(rate, 0.5, 1);
  REQUIRE(rate.duration() == far_past_the_end);
}

TEST_CASE("join starts each part at its boundary, on its own clock") {
  const StepDecay first{.initial = 0.4, .factor = 0.5, .every = 2};
  const CosineDecay second{.initial = 0.3, .steps = 7, .final = 0.1};
  const auto third = [](std::int64_t step) { return static_cast<double>(step); };
  const Schedule rate = join({first, second, third}, {5, 20});
  for (std::int64_t step = 0; step < 5; ++step) REQUIRE(rate(step) == first(step));
  for (std::int64_t step = 5; step < 20; ++step) REQUIRE(rate(step) == second(step - 5));
  REQUIRE(rate(19) == 0.1);
  REQUIRE(rate(20) == 0);
  REQUIRE(rate(25) == 5);
  REQUIRE(rate.duration() < 0);
  REQUIRE(join({first, second}, {5}).duration() == 12);
}

TEST_CASE("join of one part, of none, and of parts without steps") {
  const CosineDecay part{.initial = 0.3, .steps = 7, .final = 0.1};
  require_same(join({part}, {}), part);
  require_same(join({0.5, part}, {0}), part);
  require_same(join({0.5, 0.7, part}, {4, 4}), join({0.5, part}, {4}));
}

TEST_CASE("join has PyTorch's values (SequentialLR of ConstantLR and ExponentialLR)") {
  const Schedule rate = join({0.01, ExponentialDecay{.initial = 0.1, .factor = 0.9}}, {2});
  REQUIRE(rate(1) == 0.01);
  REQUIRE(rate(2) == 0.1);
  REQUIRE(rate(60) == Approx(0.00022185312344622646).epsilon(1e-12));
}

TEST_CASE("join scales a warm-up and goes on in a longer sequence") {
  const CosineDecay cosine{.initial = 0.3, .steps = 7, .final = 0.1};
  require_same(join({warmup(3), cosine}, {3}), warmup(3) >> cosine);
  const Schedule joined = join({StepDecay{.initial = 1, .every = 2}, cosine}, {4});
  const Schedule longer = joined >> hold(2) >> 0.7;
  REQUIRE(longer(3) == 0.1);
  REQUIRE(longer(4) == 0.3);
  REQUIRE(longer(12) == 0.1);
  REQUIRE(longer(13) == 0.7);
  require_same((joined >> hold(2)) >> 0.7, joined >> (hold(2) >> 0.7));
}

TEST_CASE("join refuses wrong boundaries") {
  REQUIRE(message_of([] {
            join({1, 2}, {});
          }) == "descent: join: 0 boundaries for 2 parts; a boundary belongs between each part and the next");
  REQUIRE(message_of([] { join({}, {}); }) ==
          "descent: join: 0 boundaries for 0 parts; a boundary belongs between each part and the next");
  REQUIRE(message_of([] {
            join({1, 2, 3}, {5, 4});
          }) == "descent: join: boundaries[1] is 4, must be at least 5");
  REQUIRE(message_of([] { join({1, 2}, {-1}); }) == "descent: join: boundaries[0] is -1, must be at least 0");
}

TEST_CASE("a sequence as a functor is const and pure") {
  const auto sequence = warmup(3) >> LinearDecay{.initial = 1, .steps = 5};
  STATIC_REQUIRE(descent::ScheduleFunction<decltype(warmup(3) >> LinearDecay{})>);
  require_pure(sequence);
}

TEST_CASE("a sequence and a join of very many parts take time in proportion") {
  descent::Sequence steps;
  std::vector<Schedule> parts;
  std::vector<std::int64_t> boundaries;
  const std::int64_t many = 200'000;
  for (std::int64_t i = 0; i < many; ++i) {
    const Schedule value = static_cast<double>(i);
    steps.append(i % 3 == 0 ? Schedule(warmup(1)) : value);
    steps.append(hold(i % 3));
    parts.push_back(value);
    boundaries.push_back(i + 1);
  }
  steps.append(Schedule(0.5));
  parts.push_back(0.5);
  REQUIRE(Schedule(steps)(far_past_the_end) == 0.5);
  const Schedule joined = join(parts, boundaries);
  REQUIRE(joined(1'234) == 1'234);
  REQUIRE(joined(many) == 0.5);
  descent::Sequence held;
  for (std::int64_t i = 0; i < many; ++i) held.append(hold(1));
  held.append(Schedule(2));
  for (std::int64_t i = 0; i < many; ++i) held.append(hold(1));
  REQUIRE(held(0) == 2);
  REQUIRE(held.parts().back().begin == 2 * many - 1);
}
