// SPDX-License-Identifier: MIT
#include "schedules/schedule_support.hpp"

#include <descent/schedules/text.hpp>
#include <descent/schedules/text/stream.hpp>

#include <sstream>

using namespace descent;

namespace {
/// The text of a schedule, after parsing it and writing it again.
std::string text_of(const Schedule& schedule) {
  const std::string text = to_string(schedule);
  REQUIRE(to_string(parse_schedule(text)) == text);
  return text;
}

std::string rewritten(std::string_view text) { return to_string(parse_schedule(text)); }

std::string parse_error(std::string_view text) {
  const std::string message = message_of([&] { parse_schedule(text); });
  const std::string start = "descent: parse_schedule: at character ";
  REQUIRE(message.rfind(start, 0) == 0);
  return message.substr(start.size());
}

struct Ramp {
  double slope = 1;
  std::int64_t steps = 0;
  double operator()(std::int64_t step) const {
    return slope * static_cast<double>(step < steps ? step : steps);
  }
  void check() const { Check("Ramp")("steps", static_cast<double>(steps), legal::positive); }
  DESCENT_SCHEDULE(slope, steps)
};

const CosineDecay wave{.initial = 0.5, .steps = 20};
const LinearDecay line{.initial = 1, .steps = 10};
}  // namespace

TEST_CASE("a schedule prints as the line of C++ that makes it") {
  REQUIRE(text_of(warmup(100) >> CosineDecay{.initial = 1e-3, .steps = 10'000}) ==
          "warmup(100) >> CosineDecay{.initial = 0.001, .steps = 10000}");
  REQUIRE(text_of(0.1) == "0.1");
  REQUIRE(
      text_of(warmup(10, 0.25, WarmupShape::cosine) >> 0.1 >> hold(50) >> line) ==
      "warmup(10, 0.25, WarmupShape::cosine) >> 0.1 >> hold(50) >> LinearDecay{.initial = 1, .steps = 10}");
  REQUIRE(text_of(warmup(10, WarmupShape::logarithmic) * line) ==
          "warmup(10, WarmupShape::logarithmic) * LinearDecay{.initial = 1, .steps = 10}");
  REQUIRE(text_of(MultiStep{.initial = 0.1, .factor = 0.5, .milestones = {30, 60, 90}}) ==
          "MultiStep{.initial = 0.1, .factor = 0.5, .milestones = {30, 60, 90}}");
  REQUIRE(
      text_of(WarmupStableDecay{.peak = 0.1, .decay = 9, .cooldown = Cooldown::linear, .warmup_start = 0}) ==
      "WarmupStableDecay{.peak = 0.1, .decay = 9, .cooldown = Cooldown::linear, .warmup_start = 0}");
  REQUIRE(text_of(Noisy{.schedule = 0.5 * line, .limit = 0.1, .uniform = true}) ==
          "Noisy{.schedule = 0.5 * LinearDecay{.initial = 1, .steps = 10}, .limit = 0.1, .uniform = true}");
}

TEST_CASE("operators and functions print with the parentheses that they need") {
  const std::string w = "CosineDecay{.initial = 0.5, .steps = 20}",
                    l = "LinearDecay{.initial = 1, .steps = 10}";
  REQUIRE(text_of(line + wave * line) == l + " + " + w + " * " + l);
  REQUIRE(text_of((line + wave) * 2) == "(" + l + " + " + w + ") * 2");
  REQUIRE(text_of(line * (wave * line)) == l + " * (" + w + " * " + l + ")");
  REQUIRE(text_of(0.5 * (warmup(3) >> line)) == "0.5 * (warmup(3) >> " + l + ")");
  REQUIRE(text_of((line + wave) >> 2 * wave) == "(" + l + " + " + w + ") >> 2 * " + w);
  REQUIRE(text_of(mean({line, wave, 1})) == "mean({" + l + ", " + w + ", 1})");
  REQUIRE(text_of(clamp(line, 0.1, 0.5)) == "clamp(" + l + ", 0.1, 0.5)");
  REQUIRE(text_of(shift(line, -5)) == "shift(" + l + ", -5)");
  REQUIRE(text_of(stretch(line, 2.5)) == "stretch(" + l + ", 2.5)");
  REQUIRE(text_of(cycle(line)) == "cycle(" + l + ", 10)");
  REQUIRE(text_of(per_epoch(line, 390)) == "per_epoch(" + l + ", 390)");
}

TEST_CASE("a join prints as >> if that means the same") {
  const std::string w = "CosineDecay{.initial = 0.5, .steps = 20}",
                    l = "LinearDecay{.initial = 1, .steps = 10}";
  REQUIRE(text_of(join({line, wave}, {10})) == l + " >> " + w);
  REQUIRE(text_of(join({line, wave}, {7})) == "join({" + l + ", " + w + "}, {7})");
  REQUIRE(text_of(join({0.1, 0.2, line}, {3, 5})) == "join({0.1, 0.2, " + l + "}, {3, 5})");
  REQUIRE(text_of(warmup(3) >> join({line, wave}, {7}) >> hold(2) >> 0.1) ==
          "warmup(3) >> join({" + l + ", " + w + "}, {7}) >> hold(2) >> 0.1");
  REQUIRE(text_of(join({line, warmup(3), wave}, {7, 10})) ==
          "join({" + l + ", warmup(3), " + w + "}, {7, 10})");
  REQUIRE(text_of(join({line, hold(3) >> wave}, {10})) == "join({" + l + ", hold(3) >> " + w + "}, {10})");
}

TEST_CASE("numbers print as the shortest text that reads back exactly") {
  REQUIRE(text_of(1e-4) == "1e-4");
  REQUIRE(text_of(1e20) == "1e20");
  REQUIRE(text_of(1.5e-300) == "1.5e-300");
  REQUIRE(text_of(0.1 + 0.2) == "0.30000000000000004");
  REQUIRE(text_of(-0.0) == "-0");
  REQUIRE(text_of(1'000'000) == "1e6");
  REQUIRE(text_of(12'345) == "12345");
  REQUIRE(text_of(infinite) == "inf");
  REQUIRE(text_of(not_a_number) == "nan");
}

TEST_CASE("what a person writes is read as C++ would read it") {
  REQUIRE(
      rewritten(" descent::warmup( 100 )>>\n\t descent::CosineDecay{ .steps = 10'000 , .initial=1e-3 } ") ==
      "warmup(100) >> CosineDecay{.initial = 0.001, .steps = 10000}");
  REQUIRE(rewritten("StepDecay{.initial = 1, .every = 1e3}") == "StepDecay{.initial = 1, .every = 1000}");
  REQUIRE(rewritten("warmup(5, cosine) >> 1") == "warmup(5, WarmupShape::cosine) >> 1");
  REQUIRE(rewritten("cycle(ListedValues{.values = {1, 2}})") == "cycle(ListedValues{.values = {1, 2}}, 2)");
  REQUIRE(parse_schedule("1 + 2 * 3")(0) == 7);
  REQUIRE(parse_schedule("(1 + 2) * 3")(0) == 9);
  const Schedule grouped = parse_schedule("(warmup(2) >> hold(2)) >> (1 >> hold(3) >> 2 + 1)");
  REQUIRE(grouped(0) == 0.5);
  REQUIRE(grouped(3) == 1);
  REQUIRE(grouped(6) == 1);
  REQUIRE(grouped(7) == 3);
}

TEST_CASE("callables print as opaque and are refused when read") {
  const Schedule lambda = [](std::int64_t) { return 1.0; };
  REQUIRE(to_string(lambda) == "<callable>");
  REQUIRE(to_string(warmup(3) >> lambda) == "warmup(3) >> <callable>");
  REQUIRE(
      parse_error("warmup(3) >> <callable>") ==
      "14: found <callable>, which stands for a function of a program and cannot be read back; expected a "
      "schedule that text can say");
}

TEST_CASE("families of the user's own are written and read where they are named") {
  const Schedule schedule = warmup(2) >> Ramp{.slope = 0.5, .steps = 4};
  REQUIRE(to_string(schedule) == "warmup(2) >> <callable>");
  REQUIRE(to_string<Ramp>(schedule) == "warmup(2) >> Ramp{.slope = 0.5, .steps = 4}");
  const Schedule read = parse_schedule<Ramp>(to_string<Ramp>(schedule));
  for (std::int64_t step = 0; step < 10; ++step) REQUIRE(read(step) == schedule(step));
  REQUIRE(message_of([] { parse_schedule<Ramp>("2 * Ramp{}"); }) ==
          "descent: parse_schedule: at character 5: Ramp: steps is 0, must be greater than 0 and finite");
}

TEST_CASE("schedules go to a stream") {
  std::ostringstream stream;
  stream << (warmup(3) >> line) << ' ' << line << ' ' << Schedule{0.1} << ' ' << 0.5;
  REQUIRE(
      stream.str() ==
      "warmup(3) >> LinearDecay{.initial = 1, .steps = 10} LinearDecay{.initial = 1, .steps = 10} 0.1 0.5");
}

TEST_CASE("a text that is no schedule is refused with position, what was found and what is legal") {
  REQUIRE(parse_error("") == "1: found the end, expected a number, '(', or the name of a function or family");
  REQUIRE(parse_error("0.1 >> ") ==
          "8: found the end, expected a number, '(', or the name of a function or family");
  REQUIRE(parse_error("warmup(3) >> >> 1") ==
          "14: found '>>', expected a number, '(', or the name of a function or family");
  REQUIRE(parse_error("1 2") == "3: found '2', expected '>>', '+', '*' or the end");
  REQUIRE(parse_error("1 - 2") == "3: found '-', expected '>>', '+', '*' or the end");
  REQUIRE(parse_error("(1") == "3: found the end, expected ')'");
  REQUIRE(parse_error("warmup 3") == "8: found '3', expected '('");
  REQUIRE(parse_error("warmup(3.5) >> 1") == "8: found '3.5', expected a whole number");
  REQUIRE(parse_error("warmup(1e30) >> 1") == "8: found '1e30', expected a whole number");
  REQUIRE(parse_error("1e400") == "1: found '1e400', expected a number that a double can hold");
  REQUIRE(parse_error("1x") == "1: found '1x', expected a number that a double can hold");
  REQUIRE(parse_error("clamp(1, 2)") == "11: found ')', expected ','");
  REQUIRE(parse_error("mean({1; 2})") == "8: found ';', expected ','");
  REQUIRE(parse_error("\xE2\x89\xA5 1").rfind("1: found '\xE2\x89\xA5', ", 0) == 0);
}

TEST_CASE("a bad name or option is refused with the legal ones") {
  REQUIRE(
      parse_error("CosinDecay{}").rfind("1: found 'CosinDecay', expected one of the functions warmup, ", 0) ==
      0);
  REQUIRE(parse_error("CosinDecay{}").find("families Chebyshev, CosineDecay, ") != std::string::npos);
  REQUIRE(parse_error("StepDecay{.initial = 1, .size = 3}") ==
          "26: found 'size', expected an option of StepDecay: initial, factor, every");
  REQUIRE(parse_error("StepDecay{.initial = 1, .initial = 3}") ==
          "26: found 'initial', expected an option that is not given yet");
  REQUIRE(parse_error("StepDecay{initial = 1}") == "11: found 'initial', expected '.'");
  REQUIRE(parse_error("StepDecay{.initial = 1 .every = 3}") == "24: found '.', expected ','");
  REQUIRE(parse_error("CosineDecay{.periodic = yes}") == "25: found 'yes', expected true or false");
  REQUIRE(parse_error("warmup(3, sine) >> 1") ==
          "11: found 'sine', expected one of linear, logarithmic, exponential, cosine, square_root, "
          "one_minus_square_root");
}

TEST_CASE("a bad value is refused with the message of its schedule and the position") {
  REQUIRE(parse_error("warmup(3) >> CosineDecay{.initial = 1}") ==
          "14: CosineDecay: steps is 0, must be at least 1");
  REQUIRE(parse_error("2 * clamp(warmup(3), 2, 1)") == "5: clamp: high is 1, must be at least 2 and finite");
  REQUIRE(parse_error("hold(-1) >> 1") == "1: hold: steps is -1, must be at least 0");
  REQUIRE(parse_error("2 * hold(3)") ==
          "5: found hold alone, expected a schedule before or after it: a >> hold(n) >> b");
  REQUIRE(parse_error("1 + (warmup(3) >> hold(3))") ==
          "5: hold: there is no schedule whose value it could hold: a >> hold(n) >> b");
  REQUIRE(parse_error("join({1, 2}, {})") ==
          "1: join: 0 boundaries for 2 parts; a boundary belongs between each part and the next");
  REQUIRE(parse_error("StepDecay{.initial = 1, .every = 2} >> 1").rfind("40: >>: the schedule before", 0) ==
          0);
}

TEST_CASE("brackets without end are refused before they exhaust the stack") {
  REQUIRE(parse_error(std::string(1'000'000, '(')) == "201: found more than 200 brackets inside each other");
  std::string deep = "1";
  for (int i = 0; i < 100; ++i) deep = "mean({" + deep + "})";
  REQUIRE(parse_schedule(deep)(0) == 1);
}
