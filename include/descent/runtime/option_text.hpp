// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/members.hpp>
#include <descent/core/base/names.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/runtime/enumerator_names.hpp>
#include <descent/schedules/text/parse_schedule.hpp>
#include <descent/schedules/text/to_string.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

// The options of rules as text, both ways.

namespace descent::detail::inline DESCENT_BUILD {

/// Whether a text can give an option of this type.
template <class T>
inline constexpr bool can_be_read =
    std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, Schedule> ||
    std::is_same_v<T, std::string> || is_optional<T> || requires(T& value) { value.begin(), value.end(); };

// ---- from text

template <class T>
void read_option_value(TextReader& reader, T& value);

inline void read_real(TextReader& reader, double& value) {
  for (const std::string_view infinity :
       {"std::numeric_limits<double>::infinity()", "std::numeric_limits<float>::infinity()", "infinity"})
    if (reader.accept(infinity)) {
      value = std::numeric_limits<double>::infinity();
      return;
    }
  value = reader.number();
}

/// Reads what only std::uint64_t can hold, as seeds may be.
inline bool accept_large_number(TextReader& reader, std::uint64_t& value) {
  const std::string_view digits = reader.word();
  if (digits.size() <= std::numeric_limits<std::int64_t>::digits10) return false;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  reader.pass(digits);
  return true;
}

template <class Integer>
void read_integer(TextReader& reader, Integer& value) {
  if constexpr (std::is_same_v<Integer, std::uint64_t>)
    if (accept_large_number(reader, value)) return;
  const std::size_t begin = reader.position();
  const std::int64_t number = reader.whole();
  value = static_cast<Integer>(number);
  if (static_cast<std::int64_t>(value) != number || (number < 0) != (value < Integer{0}))
    reader.fail(begin, joined({"a whole number from ", std::to_string(std::numeric_limits<Integer>::min()),
                               " to ", std::to_string(std::numeric_limits<Integer>::max())}));
}

template <class Enumeration>
void read_enumerator(TextReader& reader, Enumeration& value) {
  skip_namespace(reader);
  if (reader.word() == type_name<Enumeration>()) {
    reader.pass(reader.word());
    reader.expect("::");
  }
  const std::string_view word = reader.word();
  std::string names;
  for (std::size_t k = 0; k < most_enumerators; ++k) {
    const std::string_view name = enumerator_names<Enumeration>[k];
    if (name.empty()) continue;
    if (name == word) {
      value = static_cast<Enumeration>(k);
      return reader.pass(word);
    }
    names += joined({names.empty() ? "" : ", ", name});
  }
  reader.fail_here(joined({"one of the values of ", type_name<Enumeration>(), ": ", names}));
}

template <class List>
void read_list(TextReader& reader, List& list) {
  constexpr bool grows = requires { list.emplace_back(); };
  reader.expect("{");
  for (std::size_t count = 0;; ++count) {
    const std::size_t here = reader.position();
    if (reader.accept("}")) {
      if (!grows && count < list.size()) reader.fail(here, std::to_string(list.size()) + " values");
      return;
    }
    if (count > 0) reader.expect(",");
    if constexpr (grows) {
      read_option_value(reader, list.emplace_back());
    } else {
      if (count == list.size()) reader.fail_here(std::to_string(list.size()) + " values");
      read_option_value(reader, list[count]);
    }
  }
}

template <class T>
void read_optional(TextReader& reader, std::optional<T>& value) {
  if (reader.accept("std::nullopt") || reader.accept("none") || reader.accept("{}")) {
    value.reset();
  } else {
    read_option_value(reader, value.emplace());
  }
}

/// Reads the value of an option.
template <class T>
void read_option_value(TextReader& reader, T& value) {
  if constexpr (std::is_same_v<T, Schedule>) {
    value = ScheduleParser<>(reader).whole_text();
    reader.go_to(reader.text().size());
  } else if constexpr (std::is_same_v<T, bool>) {
    read_value(reader, value);
  } else if constexpr (std::is_enum_v<T>) {
    read_enumerator(reader, value);
  } else if constexpr (std::is_integral_v<T>) {
    read_integer(reader, value);
  } else if constexpr (std::is_floating_point_v<T>) {
    double number = 0;
    read_real(reader, number);
    value = static_cast<T>(number);
  } else if constexpr (is_optional<T>) {
    read_optional(reader, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = reader.quoted();
  } else if constexpr (requires { value.begin(), value.end(); }) {
    value = T{};
    read_list(reader, value);
  } else {
    reader.fail_here("no value: this option takes something of the program, which no text can say");
  }
}

// ---- to text

template <class T>
std::string option_text(const T& value);

/// "0.5", "1e+20", "-inf"
inline std::string number_text(double value) {
  return value != value || (value - value == 0) ? text_of(value) : value < 0 ? "-inf" : "inf";
}

template <class List>
std::string list_text(const List& list) {
  std::string text = "{";
  for (const auto& each : list) text += joined({text.size() == 1 ? "" : ", ", option_text(each)});
  return text + "}";
}

/// The value of an option, as read_option_value reads it.
template <class T>
std::string option_text(const T& value) {
  if constexpr (std::is_same_v<T, Schedule>) {
    return to_string(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    const auto number = static_cast<std::size_t>(value);
    return joined({type_name<T>(),
                   "::", number < most_enumerators ? enumerator_names<T>[number] : std::string_view("?")});
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return number_text(static_cast<double>(value));
  } else if constexpr (is_optional<T>) {
    return value.has_value() ? option_text(*value) : "std::nullopt";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return '"' + value + '"';
  } else if constexpr (requires { value.begin(), value.end(); }) {
    return list_text(value);
  } else {
    return std::string(opaque_text);
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
