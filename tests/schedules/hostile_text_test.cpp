// SPDX-License-Identifier: MIT
// Hostile texts: long, deep, or schedules that take long to evaluate. Sizes are so large that quadratic work
// would not end.
#include "schedules/random_schedules.hpp"
#include "schedules/schedule_support.hpp"

#include <descent/schedules/text.hpp>

#include <array>
#include <string>
#include <string_view>

using namespace descent;

namespace {
/// The number of calls of schedules of this kind, and of requests for their length.
struct Counted {
  double value = 1;
  std::int64_t steps = 3;
  double operator()(std::int64_t) const {
    ++calls;
    return value;
  }
  std::int64_t duration() const {
    ++durations;
    return steps;
  }
  void check() const {}
  DESCENT_SCHEDULE(value, steps)

  static inline std::int64_t calls = 0, durations = 0;
};

struct Work {
  std::int64_t calls, durations;
};

/// The work that `f` causes in schedules of the kind above.
template <class F>
Work work_of(const F& f) {
  Counted::calls = Counted::durations = 0;
  f();
  return {Counted::calls, Counted::durations};
}

std::string repeated(std::string_view part, std::int64_t times) {
  std::string text;
  for (; times > 0; --times) text += part;
  return text;
}

/// "open open open inside close close close".
std::string nested(std::int64_t times, const std::string& open, const std::string& inside,
                   const std::string& close) {
  return repeated(open, times) + inside + repeated(close, times);
}

std::string parse_error(std::string_view text) {
  const std::string message = message_of([&] { parse_schedule<Counted>(text); });
  const std::string start = "descent: parse_schedule: at character ";
  REQUIRE(message.rfind(start, 0) == 0);
  REQUIRE(message.size() < 2000);
  return message.substr(start.size());
}

/// The text must either parse to a schedule that can be called, printed and parsed again, or be refused with
/// a position.
void require_answer(const std::string& text) {
  const std::string message = message_of([&] {
    const Schedule schedule = parse_schedule(text);
    for (const std::int64_t step : {std::int64_t{0}, std::int64_t{7}, far_past_the_end})
      static_cast<void>(schedule(step));
    const std::string written = to_string(schedule);
    if (to_string(parse_schedule(written)) != written)
      throw std::invalid_argument("reads back as another: " + written);
  });
  INFO(text.substr(0, 1000));
  REQUIRE(message.size() < 2000);
  if (!message.empty()) REQUIRE(message.rfind("descent: parse_schedule: at character ", 0) == 0);
}

constexpr const char* too_many =
    "found more than 10000 schedules in one text (what is inside of a stretch counts twice)";
const std::string too_deep = "found more than 200 brackets inside each other";
}  // namespace

TEST_CASE("a text of more schedules than the limit is refused, however they are combined") {
  REQUIRE(parse_error("1" + repeated("*warmup(3)", 200'000)) == "99993: " + std::string(too_many));
  for (const char* part : {"+warmup(3)", ">>hold(1)", ">>hold(1)>>1", "*(1)"})
    REQUIRE(parse_error("1" + repeated(part, 200'000)).ends_with(too_many));
  REQUIRE(parse_error("mean({1" + repeated(",1", 1'000'000) + "})").ends_with(too_many));
  REQUIRE(parse_error("join({1" + repeated(",1", 1'000'000) + "}, {})").ends_with(too_many));
  REQUIRE(parse_schedule("0" + repeated("+1", most_schedules_in_text - 1))(0) == 9'999);
  REQUIRE(parse_error("0" + repeated("+1", most_schedules_in_text)) == "20001: " + std::string(too_many));
}

TEST_CASE("long chains within the limit are read, called, printed and destroyed") {
  const std::int64_t many = 4'999;
  for (const std::string& text :
       {"1" + repeated(" * warmup(3)", many), "1" + repeated(" + warmup(3)", many),
        "1" + repeated(" >> hold(1)", many), "1" + repeated(" >> hold(1) >> 1", many),
        repeated("hold(1) >> ", many) + "1", repeated("warmup(1) >> ", many) + "1",
        "1" + repeated(" + 2 * warmup(3)", many / 2)}) {
    const Schedule schedule = parse_schedule(text);
    REQUIRE(std::isfinite(schedule(many / 2)));
    REQUIRE(to_string(schedule) == text);
  }
  std::string parts = "1", boundaries = "1";
  for (std::int64_t i = 2; i < 9'000; ++i) {
    parts += ", " + std::to_string(i % 7);
    boundaries += ", " + std::to_string(i);
  }
  const std::string text = "join({" + parts + ", 7}, {" + boundaries + "})";
  REQUIRE(parse_schedule(text)(500) == 501 % 7);
  REQUIRE(to_string(parse_schedule(text)) == text);
}

TEST_CASE("products and sums of many keep the value of the operators in C++") {
  const Schedule a = Counted{.value = 0.1}, b = Counted{.value = 0.3}, c = Counted{.value = 0.7};
  REQUIRE((a * b * c)(0) == 0.1 * 0.3 * 0.7);
  REQUIRE((a * (b * c))(0) == 0.1 * (0.3 * 0.7));
  REQUIRE((a + b + c)(0) == 0.1 + 0.3 + 0.7);
  REQUIRE((a + (b + c))(0) == 0.1 + (0.3 + 0.7));
  REQUIRE((2 * Schedule(3) * a)(0) == 6 * 0.1);
  const auto read = [](std::string_view text) { return parse_schedule<Counted>(text)(0); };
  REQUIRE(read("Counted{.value = 0.1} * Counted{.value = 0.3} * Counted{.value = 0.7}") == 0.1 * 0.3 * 0.7);
  REQUIRE(read("Counted{.value = 0.1} * (Counted{.value = 0.3} * Counted{.value = 0.7})") ==
          0.1 * (0.3 * 0.7));
  REQUIRE(read("0.1 + 0.2 + 0.3 * Counted{}") == 0.1 + 0.2 + 0.3);
}

TEST_CASE("what is inside of a stretch is evaluated twice and counts twice") {
  const auto stretched = [](std::int64_t times) { return nested(times, "stretch(", "Counted{}", ", 0.7)"); };
  const Schedule schedule = parse_schedule<Counted>(stretched(12));
  REQUIRE(work_of([&] { schedule(1); }).calls <= 4'096);
  REQUIRE(parse_error(stretched(13)) == "1: " + std::string(too_many));
  REQUIRE(parse_error(stretched(30)).ends_with(too_many));
  REQUIRE(parse_error(stretched(199)).ends_with(too_many));
  REQUIRE(parse_error(nested(30, "stretch(1 + ", "Counted{}", ", 0.7)")).ends_with(too_many));
}

TEST_CASE("the work of reading and calling grows with the length of the text") {
  const std::int64_t many = 2'000;
  for (const std::string& text :
       {"Counted{}" + repeated("*Counted{}", many), "Counted{}" + repeated("+Counted{}", many),
        "Counted{}" + repeated(">>Counted{}", many), "Counted{}" + repeated(">>hold(1)>>Counted{}", many),
        repeated("warmup(2)>>", many) + "Counted{}", repeated("hold(2)>>", many) + "Counted{}",
        "mean({Counted{}" + repeated(", Counted{}", many) + "})",
        nested(199, "mean({Counted{}, ", "Counted{}", "})"), nested(199, "shift(", "Counted{}", ", 1)"),
        nested(199, "(Counted{} + ", "Counted{}", ")"), nested(199, "(Counted{} >> ", "Counted{}", ")"),
        nested(99, "(Counted{} * (Counted{} >> ", "Counted{}", "))")}) {
    INFO(text.substr(0, 60));
    Schedule schedule;
    const auto length = static_cast<std::int64_t>(text.size()) / 9;
    const Work reading = work_of([&] { schedule = parse_schedule<Counted>(text); });
    REQUIRE(reading.durations <= 2 * length);
    REQUIRE(reading.calls <= 2 * length);
    const Work calling = work_of([&] { static_cast<void>(schedule(5)); });
    REQUIRE(calling.calls <= length);
    REQUIRE(calling.durations == 0);
    REQUIRE(work_of([&] { static_cast<void>(schedule.duration()); }).durations == 0);
  }
}

TEST_CASE("brackets inside each other are bounded in every form") {
  for (const char* open : {"(", "mean({", "shift(", "cycle(", "1*(", "1+(", "warmup(1)>>(", "join({1, ",
                           "Noisy{.schedule=", "Cyclic{.scale="})
    REQUIRE(parse_error(repeated(open, 100'000)).ends_with(too_deep));
  REQUIRE(parse_schedule(nested(199, "mean({1, ", "warmup(2)", "})"))(5) == 1);
  REQUIRE(parse_schedule(nested(199, "Noisy{.schedule = ", "warmup(2)", "}"))(5) > 0);
}

TEST_CASE("a word or a number of any length is named by its head") {
  const std::string word = repeated("ab", 500'000);
  REQUIRE(parse_error(word).rfind("1: found '" + word.substr(0, 60) + "...', expected one of", 0) == 0);
  const std::string number = repeated("12", 500'000);
  REQUIRE(parse_error(number) ==
          "1: found '" + number.substr(0, 60) + "...', expected a number that a double can hold");
  REQUIRE(parse_schedule("0." + repeated("3", 100'000))(0) == 1.0 / 3);
  REQUIRE(parse_schedule("ListedValues{.values = {1" + repeated(", 2", 200'000) + "}}")(100'000) == 2);
}

TEST_CASE("the separators of digits stand between digits") {
  REQUIRE(parse_schedule("1'0'000.5'0")(0) == 10'000.5);
  for (const std::string text : {"1'", "10'.5", "1.'5", "1''0", "1'e3", "1e'3", "-'1", "1_000"})
    REQUIRE(parse_error(text) == "1: found '" + text + "', expected a number that a double can hold");
  REQUIRE(parse_error("'1").rfind("1: found ''', expected a number", 0) == 0);
  REQUIRE(parse_error("warmup(10') >> 1") == "8: found '10'', expected a whole number");
}

TEST_CASE("random text is read or refused") {
  static constexpr std::array<std::string_view, 44> words{"(",
                                                          ")",
                                                          "{",
                                                          "}",
                                                          ",",
                                                          ">>",
                                                          "+",
                                                          "*",
                                                          ".",
                                                          "=",
                                                          " ",
                                                          "'",
                                                          "-",
                                                          "1",
                                                          "0.5",
                                                          "1e3",
                                                          "10'000",
                                                          "warmup(3)",
                                                          "hold(1)",
                                                          "hold(",
                                                          "warmup(",
                                                          "stretch(",
                                                          "shift(",
                                                          "mean({",
                                                          "join({",
                                                          "})",
                                                          "}, {2})",
                                                          "cycle(",
                                                          "clamp(",
                                                          "line",
                                                          "inf",
                                                          "nan",
                                                          "per_epoch(",
                                                          "descent::",
                                                          ", 2)",
                                                          ".initial = 1",
                                                          ".steps=4",
                                                          "LinearDecay{",
                                                          "Noisy{.schedule = ",
                                                          "CosineDecay{.initial = 1, .steps = 9}",
                                                          "ListedValues{.values = {1, 2}}",
                                                          "<callable>",
                                                          "\n",
                                                          "\xC3\xA9"};
  RandomSchedules random(4);
  for (int i = 0; i < 4'000; ++i) {
    std::string text;
    for (std::int64_t length = random.below(i % 50 == 0 ? 3'000 : 30); length > 0; --length)
      text += words[static_cast<std::size_t>(random.below(words.size()))];
    require_answer(text);
  }
  for (int i = 0; i < 300; ++i) {
    std::string bytes(static_cast<std::size_t>(random.below(2'000)), ' ');
    for (char& byte : bytes) byte = static_cast<char>(random.below(256));
    require_answer(bytes);
  }
}

TEST_CASE("long legal text with random changes is read or refused") {
  RandomSchedules random(5);
  for (int i = 0; i < 400; ++i) {
    std::string text = "1";
    for (std::int64_t more = random.below(i % 20 == 0 ? 300 : 20); more > 0; --more)
      text += std::array{" + ", " * ", " >> hold(2) >> "}[static_cast<std::size_t>(random.below(3))] +
              ("(" + to_string(random.composition(static_cast<int>(random.below(3)))) + ")");
    require_answer(text);
    for (int change = 0; change < 4; ++change) {
      const auto any = [&] {
        return static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())));
      };
      const std::size_t from = any(), size = any() / 2, to = any();
      switch (random.below(3)) {
        case 0:
          text.insert(to, text.substr(from, size));
          break;
        case 1:
          text.erase(from, 1 + size / 16);
          break;
        default:
          text[to] = text[from];
      }
      if (text.empty()) text = "1";
      require_answer(text);
    }
  }
}
