// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/text/names.hpp>
#include <descent/schedules/text/values.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace descent {

/// The largest number of schedules in a text for parse_schedule.
inline constexpr std::size_t most_schedules_in_text = 10'000;

namespace detail {
/// Parses the expression of a schedule, with C++'s operator precedence.
template <class... Own>
class ScheduleParser {
 public:
  explicit ScheduleParser(std::string_view text) : reader_(text) {}
  explicit ScheduleParser(const TextReader& reader) : reader_(reader) {}

  Schedule whole_text() {
    const Schedule schedule = this->schedule();
    if (!reader_.at_end()) reader_.fail_here("'>>', '+', '*' or the end");
    return schedule;
  }

 private:
  /// An operand. A hold, and a sequence that may be incomplete, are not schedules.
  using Operand = std::variant<Schedule, Hold, Sequence>;

  static constexpr int deepest = 200;  // nested brackets, so that no text exhausts the stack

  Schedule schedule() {
    const std::size_t begin = reader_.position();
    return finished(sequence(), begin);
  }

  Operand sequence() {
    const std::size_t begin = reader_.position();
    Operand first = sum();
    if (!reader_.accept(">>")) return first;
    Sequence parts;
    append(parts, first, begin);
    do {
      const std::size_t next = reader_.position();
      append(parts, sum(), next);
    } while (reader_.accept(">>"));
    return parts;
  }

  Operand sum() { return operators<Sum>("+", &ScheduleParser::product); }
  Operand product() { return operators<Product>("*", &ScheduleParser::atom); }

  /// A chain of the same operator becomes one node of any length.
  template <class Operation>
  Operand operators(std::string_view symbol, Operand (ScheduleParser::*next_operand)()) {
    const std::size_t begin = reader_.position();
    Operand first = (this->*next_operand)();
    if (!reader_.accept(symbol)) return first;
    Operation operation;
    operation.append(finished(first, begin));
    do {
      const std::size_t next = reader_.position();
      operation.append(finished((this->*next_operand)(), next));
    } while (reader_.accept(symbol));
    return std::move(operation).result();
  }

  Operand atom() {
    const std::size_t begin = reader_.position();
    count(1, begin);
    if (reader_.at_number()) return Schedule(reader_.number());
    if (reader_.accept(opaque_text))
      reader_.fail_with(begin, "found " + std::string(opaque_text) +
                                   ", which stands for a function of a program and cannot be read back; "
                                   "expected a schedule that text can say");
    if (++depth_ > deepest)
      reader_.fail_with(begin, "found more than " + std::to_string(deepest) + " brackets inside each other");
    Operand operand = reader_.accept("(") ? bracketed() : named();
    --depth_;
    return operand;
  }

  /// Counts the evaluations of a call of the schedule, so that no text makes a slow or huge one.
  void count(std::size_t schedules, std::size_t begin) {
    count_ += schedules;
    if (count_ > most_schedules_in_text)
      reader_.fail_with(begin, "found more than " + std::to_string(most_schedules_in_text) +
                                   " schedules in one text (what is inside of a stretch counts twice)");
  }

  Operand bracketed() {
    Operand inside = sequence();
    reader_.expect(")");
    return inside;
  }

  Operand named() {
    skip_namespace(reader_);
    const std::size_t begin = reader_.position();
    const std::string_view name = reader_.word();
    if (std::optional<Operand> called = call(name, begin)) return *std::move(called);
    Operand operand;
    if (family(name, begin, operand)) return operand;
    if (name.empty()) reader_.fail(begin, "a number, '(', or the name of a function or family");
    reader_.fail(begin, "one of the functions " + std::string(functions) + ", or one of the families " +
                            family_names<Own...>());
  }

  // ---- functions with arguments in parentheses

  static constexpr std::string_view functions =
      "warmup, hold, join, mean, clamp, shift, stretch, cycle, per_epoch";

  std::optional<Operand> call(std::string_view name, std::size_t begin) {
    if (name == "warmup") return call_warmup(name, begin);
    if (name == "cycle") return call_cycle(name, begin);
    if (name == "stretch") return call_stretch(name, begin);
    if (name == "hold") return call(name, begin, hold);
    if (name == "join") return call(name, begin, join);
    if (name == "mean") return call(name, begin, mean);
    if (name == "clamp") return call(name, begin, clamp);
    if (name == "shift") return call(name, begin, shift);
    if (name == "per_epoch") return call(name, begin, per_epoch);
    return {};
  }

  template <class Made, class... Argument>
  Made call(std::string_view name, std::size_t begin, Made (*make)(Argument...)) {
    open(name);
    std::tuple<std::decay_t<Argument>...> arguments;
    std::apply([this](auto& first, auto&... rest) { (read(first), ..., this->read_next(rest)); }, arguments);
    reader_.expect(")");
    return reader_.at(begin, [&] { return std::apply(make, arguments); });
  }

  Schedule call_warmup(std::string_view name, std::size_t begin) {
    open(name);
    Warmup warmup;
    read(warmup.steps);
    bool more = reader_.accept(",");
    if (more && reader_.at_number()) {
      read(warmup.start);
      more = reader_.accept(",");
    }
    if (more) read(warmup.shape);
    reader_.expect(")");
    return reader_.at(begin, [&] { return Schedule(warmup); });
  }

  Schedule call_cycle(std::string_view name, std::size_t begin) {
    open(name);
    Schedule inner;
    read(inner);
    if (reader_.accept(")")) return reader_.at(begin, [&] { return cycle(inner); });
    std::int64_t period = 0;
    read_next(period);
    reader_.expect(")");
    return reader_.at(begin, [&] { return cycle(inner, period); });
  }

  /// A value between two steps evaluates both steps.
  Schedule call_stretch(std::string_view name, std::size_t begin) {
    const std::size_t before = count_;
    Schedule made = call(name, begin, stretch);
    count(count_ - before, begin);
    return made;
  }

  void open(std::string_view name) {
    reader_.pass(name);
    reader_.expect("(");
  }

  // ---- families

  bool family(std::string_view name, std::size_t begin, Operand& made) {
    return any_family<Own...>(AllFamilies{}, [&](auto family) {
      using Family = typename decltype(family)::type;
      if (name != type_name<Family>()) return false;
      reader_.pass(name);
      made = options_of(Family{}, begin);
      return true;
    });
  }

  template <class Family>
  DESCENT_COLD Schedule options_of(Family family, std::size_t begin) {
    constexpr std::size_t count = schedule_field_count<Family>;
    std::string_view given[count];
    std::size_t options = 0;
    reader_.expect("{");
    while (!reader_.accept("}")) {
      if (options > 0) reader_.expect(",");
      reader_.expect(".");
      const std::string_view name = reader_.word();
      for (std::size_t i = 0; i < options; ++i)
        if (given[i] == name) reader_.fail_here("an option that is not given yet");
      if (!read_option(family, name, std::make_index_sequence<count>{}))
        reader_.fail_here("an option of " + std::string(type_name<Family>()) + ": " +
                          Family::schedule_field_names());
      given[options++] = name;
    }
    return reader_.at(begin, [&] { return Schedule(std::move(family)); });
  }

  template <class Family, std::size_t... I>
  bool read_option(Family& family, std::string_view name, std::index_sequence<I...>) {
    const auto fields = family.schedule_fields();
    return ((name == schedule_field_name<Family>(I) && read_option(name, get<I>(fields))) || ...);
  }

  template <class T>
  DESCENT_COLD bool read_option(std::string_view name, T& value) {
    reader_.pass(name);
    reader_.expect("=");
    read(value);
    return true;
  }

  // ---- values

  template <class T>
  void read(T& value) {
    read_value(reader_, value);
  }
  void read(Schedule& value) { value = schedule(); }

  template <class T>
  void read(std::optional<T>& value) {
    T given{};
    read(given);
    value = given;
  }

  template <class T>
  void read(std::vector<T>& list) {
    reader_.expect("{");
    while (!reader_.accept("}")) {
      if (!list.empty()) reader_.expect(",");
      read(list.emplace_back());
    }
  }

  template <class T>
  void read_next(T& value) {
    reader_.expect(",");
    read(value);
  }

  // ---- conversions of operands

  Schedule finished(const Operand& operand, std::size_t begin) {
    if (const auto* schedule = std::get_if<Schedule>(&operand)) return *schedule;
    if (const auto* sequence = std::get_if<Sequence>(&operand))
      return reader_.at(begin, [&] { return Schedule(*sequence); });
    reader_.fail_with(begin, "found hold alone, expected a schedule before or after it: a >> hold(n) >> b");
  }

  void append(Sequence& parts, const Operand& operand, std::size_t begin) {
    reader_.at(begin, [&] { std::visit([&](const auto& part) { parts.append(part); }, operand); });
  }

  TextReader reader_;
  int depth_ = 0;
  std::size_t count_ = 0;
};
}  // namespace detail

/// Parses a schedule from text: the output of to_string, or C++ code.
///
///   parse_schedule("warmup(100) >> CosineDecay{.initial = 1e-3, .steps = 10'000}")
///
/// The text may contain all families, warmup, hold, join, mean, clamp, shift, stretch, cycle and per_epoch,
/// and the operators >>, + and * with the precedence of C++. Options may be in any order; a name may have the
/// prefix descent::.
///
/// * `text`: one expression, on any number of lines, with at most 10'000 schedules (`most_schedules_in_text`): each
///   number, family and function counts as one, and twice inside a stretch, which evaluates it twice. At most 200
///   brackets may be nested. Lists of numbers in a family may have any length.
/// * `Own`: your own families to parse, each with DESCENT_SCHEDULE(...): parse_schedule<Ramp>(text).
///
/// The text may be untrusted: time and memory are proportional to its length, and the stack is bounded.
/// Errors: std::invalid_argument with the position of the error, counted from 1, what was found there and
/// what is legal; for an option outside its range with the message of the family. The text of a lambda,
/// <callable>, is rejected.
template <detail::NamesItsFields... Own>
Schedule parse_schedule(std::string_view text) {
  return detail::ScheduleParser<Own...>(text).whole_text();
}

}  // namespace descent
