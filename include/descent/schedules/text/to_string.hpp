// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/text/names.hpp>

#include <bit>
#include <charconv>
#include <string>

namespace descent {

namespace detail {
/// The precedence of an operator; a lower one than that of the context needs parentheses.
enum class Binding { sequence, sum, product, atom };

/// Writes a schedule as a C++ expression.
template <class... Own>
class SchedulePrinter {
 public:
  std::string text;

  void print(const Schedule& schedule, Binding surroundings = Binding::sequence) {
    const bool parenthesized = binding(schedule) < surroundings;
    if (parenthesized) text += '(';
    if (schedule.is_constant()) {
      print(schedule(0));
    } else if (!print_composition(schedule) && !print_family(schedule)) {
      text += opaque_text;
    }
    if (parenthesized) text += ')';
  }

 private:
  static const Sequence* sequence_of(const Schedule& schedule) {
    if (const auto* sequence = schedule.target<Sequence>()) return sequence;
    return schedule.target<EndlessSequence>();
  }

  static Binding binding(const Schedule& schedule) {
    if (sequence_of(schedule) != nullptr) return Binding::sequence;
    if (schedule.target<Sum>() != nullptr) return Binding::sum;
    if (schedule.target<Product>() != nullptr) return Binding::product;
    return Binding::atom;
  }

  bool print_composition(const Schedule& schedule) {
    if (const auto* sequence = sequence_of(schedule)) return print_sequence(sequence->parts());
    if (const auto* sum = schedule.target<Sum>())
      return print_operator(sum->operands, " + ", Binding::sum, Binding::product);
    if (const auto* product = schedule.target<Product>())
      return print_operator(product->operands, " * ", Binding::product, Binding::atom);
    if (const auto* mean = schedule.target<Mean>()) return print_call("mean", mean->schedules);
    if (const auto* clamped = schedule.target<Clamped>())
      return print_call("clamp", clamped->schedule, clamped->low, clamped->high);
    if (const auto* shifted = schedule.target<Shifted>())
      return print_call("shift", shifted->schedule, shifted->steps);
    if (const auto* stretched = schedule.target<Stretched>())
      return print_call("stretch", stretched->schedule, stretched->factor);
    if (const auto* cycled = schedule.target<Cycled>())
      return print_call("cycle", cycled->schedule, cycled->period);
    if (const auto* epochs = schedule.target<PerEpoch>())
      return print_call("per_epoch", epochs->schedule, epochs->steps_per_epoch);
    if (const auto* warmup = schedule.target<Warmup>()) return print_warmup(*warmup);
    return false;
  }

  /// The first operand needs no higher precedence, since operators apply from the left.
  bool print_operator(const std::vector<Schedule>& operands, const char* symbol, Binding first,
                      Binding others) {
    print(operands.front(), first);
    for (std::size_t i = 1; i < operands.size(); ++i) {
      text += symbol;
      print(operands[i], others);
    }
    return true;
  }

  template <class First, class... Rest>
  bool print_call(const char* function, const First& first, const Rest&... rest) {
    text += function;
    text += '(';
    print(first);
    ((text += ", ", print(rest)), ...);
    text += ')';
    return true;
  }

  bool print_warmup(const Warmup& warmup) {
    const bool bent = warmup.shape != WarmupShape::linear;
    if (warmup.start.has_value() && bent)
      return print_call("warmup", warmup.steps, *warmup.start, warmup.shape);
    if (warmup.start.has_value()) return print_call("warmup", warmup.steps, *warmup.start);
    if (bent) return print_call("warmup", warmup.steps, warmup.shape);
    return print_call("warmup", warmup.steps);
  }

  using Parts = std::vector<Sequence::Part>;

  /// Whether a part ends after its own duration; a number ends at a hold.
  static bool ends_by_itself(const Parts& parts, std::size_t index) {
    const Sequence::Part& part = parts[index];
    const bool held = index + 1 < parts.size() && parts[index + 1].kind == Sequence::Kind::hold;
    return part.steps == (held && part.schedule.is_constant() ? 0 : part.schedule.duration());
  }

  /// Whether a part is a sequence that must stay nested; `>>` would flatten it.
  static bool is_nested(const Parts& parts, std::size_t index) {
    return index < parts.size() && sequence_of(parts[index].schedule) != nullptr;
  }

  /// Whether `>>` can make this part; else only `join` can.
  static bool is_natural(const Parts& parts, std::size_t index) {
    if (parts[index].kind == Sequence::Kind::hold) return true;
    return ends_by_itself(parts, index) && !is_nested(parts, index) && !is_nested(parts, index + 1);
  }

  bool print_sequence(const Parts& parts) {
    for (std::size_t i = 0; i < parts.size();) {
      if (i > 0) text += " >> ";
      if (!is_natural(parts, i)) {
        i = print_join(parts, i);
        continue;
      }
      if (parts[i].kind == Sequence::Kind::hold) {
        print_call("hold", parts[i].steps);
      } else {
        print(parts[i].schedule, Binding::product);
      }
      ++i;
    }
    return true;
  }

  /// Prints the parts from `begin` to the first one after which `>>` works; returns the next part. A warm-up
  /// cannot be the last part of a join, and a join of one part is that part.
  std::size_t print_join(const Parts& parts, std::size_t begin) {
    std::size_t last = begin;
    while (last + 1 < parts.size() &&
           (parts[last].kind == Sequence::Kind::warmup || !ends_by_itself(parts, last) ||
            is_nested(parts, last + 1) || (last == begin && is_nested(parts, begin))))
      ++last;
    text += "join({";
    for (std::size_t i = begin; i <= last; ++i) {
      if (i > begin) text += ", ";
      print(parts[i].schedule);
    }
    text += "}, {";
    std::int64_t boundary = 0;
    for (std::size_t i = begin; i < last; ++i) {
      if (i > begin) text += ", ";
      boundary = saturating_sum(boundary, parts[i].steps);
      print(boundary);
    }
    text += "})";
    return last + 1;
  }

  bool print_family(const Schedule& schedule) {
    return any_family<Own...>(AllFamilies{}, [&](auto family) {
      using Family = typename decltype(family)::type;
      const Family* found = schedule.target<Family>();
      if (found != nullptr) print_fields(*found, std::make_index_sequence<schedule_field_count<Family>>{});
      return found != nullptr;
    });
  }

  template <class Family, std::size_t... I>
  DESCENT_COLD void print_fields(const Family& family, std::index_sequence<I...>) {
    const Family defaults{};
    const auto fields = family.schedule_fields(), usual = defaults.schedule_fields();
    text += type_name<Family>();
    text += '{';
    bool any = false;
    (print_field(schedule_field_name<Family>(I), get<I>(fields), get<I>(usual), any), ...);
    text += '}';
  }

  /// Omits fields that have their default.
  template <class T>
  DESCENT_COLD void print_field(std::string_view name, const T& value, const T& usual, bool& any) {
    if (is_same(value, usual)) return;
    text += any ? ", ." : ".";
    any = true;
    text += name;
    text += " = ";
    print(value);
  }

  template <class T>
  static bool is_same(const T& a, const T& b) {
    return a == b;
  }
  static bool is_same(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  }
  static bool is_same(const std::optional<double>& a, const std::optional<double>& b) {
    return a.has_value() == b.has_value() && (!a.has_value() || is_same(*a, *b));
  }
  static bool is_same(const Schedule& a, const Schedule& b) {
    return a.is_constant() && b.is_constant() && is_same(a(0), b(0));
  }

  template <class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
  void print(T number) {
    char buffer[32];
    const char* const end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    const std::string_view digits(buffer, static_cast<std::size_t>(end - buffer));
    const std::size_t exponent = digits.find("e");
    text += digits.substr(0, exponent);
    if (exponent != std::string_view::npos) print_exponent(digits.substr(exponent + 1));
  }

  /// 1e-4 and 1e20 instead of 1e-04 and 1e+20.
  void print_exponent(std::string_view digits) {
    text += 'e';
    if (digits.front() == '-') text += '-';
    text += digits.substr(digits.find_first_not_of("+-0"));
  }

  void print(bool value) { text += value ? "true" : "false"; }

  template <class Enumeration>
    requires std::is_enum_v<Enumeration>
  void print(Enumeration value) {
    text += type_name<Enumeration>();
    text += "::";
    text += name_in_list(value_names(value), static_cast<std::size_t>(value));
  }

  template <class T>
  void print(const std::optional<T>& value) {
    print(*value);
  }

  template <class T>
  void print(const std::vector<T>& list) {
    text += '{';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) text += ", ";
      print(list[i]);
    }
    text += '}';
  }
};
}  // namespace detail

/// A schedule as a line of C++, which parse_schedule converts back to the same schedule, bit for bit.
///
///   warmup(100) >> CosineDecay{.initial = 0.001, .steps = 10000}
///
/// Numbers are the shortest that convert back exactly; options with their default are omitted; a join that
/// `>>` can make is written with `>>`. A lambda or other callable is written as <callable>, which cannot be
/// parsed.
///
/// * `Own`: your own families to write, each with DESCENT_SCHEDULE(...): to_string<Ramp>(s).
template <detail::NamesItsFields... Own>
std::string to_string(const Schedule& schedule) {
  detail::SchedulePrinter<Own...> printer;
  printer.print(schedule);
  return std::move(printer.text);
}

}  // namespace descent
