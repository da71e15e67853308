// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

// Texts with numbers, the same in every locale: std::snprintf and streams write 1,5 in many.
namespace descent::detail {

/// The argument of one conversion in a format.
class FormatArgument {
 public:
  FormatArgument(double value) : real_(value) {}
  template <std::integral Whole>
  FormatArgument(Whole value) : whole_(static_cast<std::int64_t>(value)) {}
  FormatArgument(std::string_view text) : text_(text) {}
  FormatArgument(const char* text) : text_(text) {}
  FormatArgument(const std::string& text) : text_(text) {}

  /// Formats as %g, %f, %e, %d or %s of std::printf in the "C" locale; precision for the first three.
  DESCENT_COLD std::string text(char conversion, int precision) const {
    if (conversion == 's') return std::string(text_);
    char buffer[400];  // the largest double has 309 digits before the point
    char* const end = buffer + sizeof buffer;
    const auto written = conversion == 'd'
                             ? std::to_chars(buffer, end, whole_)
                             : std::to_chars(buffer, end, real_, format_of(conversion), precision);
    return {buffer, written.ptr};
  }

 private:
  static std::chars_format format_of(char conversion) {
    return conversion == 'f'   ? std::chars_format::fixed
           : conversion == 'e' ? std::chars_format::scientific
                               : std::chars_format::general;
  }

  double real_ = 0;
  std::int64_t whole_ = 0;
  std::string_view text_;
};

/// Reads the conversions of a format one at a time.
class FormatReader {
 public:
  explicit FormatReader(std::string_view format) : format_(format) {}

  bool at_end() const { return position_ == format_.size(); }
  char next() { return at_end() ? '\0' : format_[position_++]; }
  bool accept(char c) {
    const bool found = !at_end() && format_[position_] == c;
    if (found) ++position_;
    return found;
  }
  int number() {
    int value = 0;
    while (!at_end() && format_[position_] >= '0' && format_[position_] <= '9')
      value = 10 * value + (next() - '0');
    return value;
  }

 private:
  std::string_view format_;
  std::size_t position_ = 0;
};

/// Formats like std::printf in the "C" locale, regardless of the current locale.
///
///   formatted("step %d: loss %.4g (%-10s)", {step, loss, path})
///
/// Supports %d, %s, %%, and %g, %f and %e with a precision; the flags - and 0, and a width.
DESCENT_COLD inline std::string formatted(std::string_view format,
                                          std::initializer_list<FormatArgument> arguments) {
  std::string text;
  const FormatArgument* argument = arguments.begin();
  for (FormatReader reader(format); !reader.at_end();) {
    if (!reader.accept('%')) {
      text += reader.next();
      continue;
    }
    if (reader.accept('%')) {
      text += '%';
      continue;
    }
    const bool left = reader.accept('-'), zeros = reader.accept('0');
    const auto width = static_cast<std::size_t>(reader.number());
    const int precision = reader.accept('.') ? reader.number() : 6;
    const char conversion = reader.next();
    const std::string part = argument == arguments.end() ? "" : argument++->text(conversion, precision);
    const std::string filling(width > part.size() ? width - part.size() : 0, zeros ? '0' : ' ');
    text += left ? part + filling : filling + part;
  }
  return text;
}

/// The most columns of a printed line.
inline constexpr std::size_t most_columns = 100;

/// A line wrapped between words at `most_columns`; longer words are not split. All lines except the first are
/// indented.
DESCENT_COLD inline std::string wrapped(std::string_view line, std::size_t indent = 2) {
  std::string text;
  std::size_t column = 0;
  while (!line.empty()) {
    const std::size_t length = line.find_first_not_of(' ') == std::string_view::npos
                                   ? line.size()
                                   : std::min(line.find(' ', line.find_first_not_of(' ')), line.size());
    std::string_view word = line.substr(0, length);  // with the blanks before it
    line.remove_prefix(length);
    const auto columns_of = [](std::string_view part) {
      return static_cast<std::size_t>(
          std::count_if(part.begin(), part.end(), [](char c) { return (c & 0xC0) != 0x80; }));  // UTF-8
    };
    if (column > indent && column + columns_of(word) > most_columns) {
      text.append("\n").append(indent, ' ');
      column = indent;
      word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
    }
    text += word;
    column += columns_of(word);
  }
  return text;
}

}  // namespace descent::detail
