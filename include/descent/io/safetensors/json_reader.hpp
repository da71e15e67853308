// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/errors.hpp>
#include <descent/io/safetensors/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace descent::detail {

/// A character for a message: "'x'", "the byte 0x07", "the end".
inline std::string shown_character(std::string_view rest) {
  if (rest.empty()) return "the end";
  const auto byte = static_cast<unsigned char>(rest.front());
  if (byte >= 0x20 && byte < 0x7f) return std::string("'").append(1, rest.front()).append("'");
  constexpr char digits[] = "0123456789abcdef";
  return std::string("the byte 0x").append(1, digits[byte >> 4]).append(1, digits[byte & 15U]);
}

/// The largest number of bytes in the name of a tensor or of metadata.
inline constexpr std::size_t longest_name = 65536;

/// Reads JSON from start to end, value by value, in linear time. Throws a FileError at the first invalid
/// character.
class JsonReader {
 public:
  /// `path`: the file, for messages.
  JsonReader(std::string_view text, const std::string& path) : text_(text), path_(path) {}

  std::size_t place() const { return place_; }

  /// Calls f(key) for every member of an object; f must read the value.
  template <class F>
  void members(F&& f) {
    expect('{');
    if (accept('}')) return;
    do {
      const std::string key = string(longest_name);
      expect(':');
      f(key);
    } while (accept(','));
    expect('}');
  }

  /// Calls f() for every element of an array; f must read it.
  template <class F>
  void elements(F&& f) {
    expect('[');
    if (accept(']')) return;
    do f();
    while (accept(','));
    expect(']');
  }

  /// `most`: the largest number of bytes accepted.
  std::string string(std::size_t most = std::string_view::npos) {
    expect('"');
    std::string result;
    for (;;) {
      if (at_end()) fail("must be '\"'");
      const char c = text_[place_];
      if (c == '"') break;
      if (c == '\\') {
        escape(result);
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) fail("must be escaped");
      const std::size_t length = utf8_length(text_.substr(place_, 4));
      if (length == 0) fail("must be UTF-8");
      result.append(text_, place_, length);
      place_ += length;
    }
    ++place_;
    if (result.size() > most) fail_here("a name has more than 65536 bytes");
    return result;
  }

  /// An integer that is not negative.
  std::uint64_t whole_number() {
    constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
    skip_spaces();
    const std::size_t begin = place_;
    std::uint64_t number = 0;
    for (; is_digit(); ++place_) {
      const auto digit = static_cast<std::uint64_t>(text_[place_] - '0');
      if (number > (largest - digit) / 10) fail_here("a number is larger than 2^64 - 1");
      number = 10 * number + digit;
    }
    if (place_ == begin) fail("must be a digit");
    if (text_[begin] == '0' && place_ - begin > 1) fail_here("a number begins with 0");
    return number;
  }

  void skip_value(int depth = 0) {
    constexpr int deepest = 32;
    if (depth == deepest) fail_here("values are nested more than 32 deep");
    skip_spaces();
    switch (at_end() ? '\0' : text_[place_]) {
      case '{':
        return members([&](const std::string&) { skip_value(depth + 1); });
      case '[':
        return elements([&] { skip_value(depth + 1); });
      case '"':
        return static_cast<void>(string());
      case 't':
        return skip_word("true");
      case 'f':
        return skip_word("false");
      case 'n':
        return skip_word("null");
      default:
        skip_number();
    }
  }

  void expect_end() {
    skip_spaces();
    if (!at_end()) fail("must be the end");
  }

  void skip_spaces() {
    while (!at_end() &&
           (text_[place_] == ' ' || text_[place_] == '\n' || text_[place_] == '\t' || text_[place_] == '\r'))
      ++place_;
  }

  [[noreturn]] DESCENT_COLD void fail_here(std::string_view problem) const {
    fail_file(path_, {"has an invalid header: ", problem, " (before byte ", std::to_string(place_), ")"});
  }

 private:
  bool at_end() const { return place_ == text_.size(); }
  bool is_digit() const { return !at_end() && text_[place_] >= '0' && text_[place_] <= '9'; }

  bool accept(char c) {
    skip_spaces();
    if (at_end() || text_[place_] != c) return false;
    ++place_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("must be '").append(1, c).append("'"));
  }
  [[noreturn]] DESCENT_COLD void fail(std::string_view legal) const {
    fail_file(path_, {"has an invalid header: byte ", std::to_string(place_), " is ",
                      shown_character(text_.substr(place_)), ", ", legal});
  }

  // The position is at the backslash.
  void escape(std::string& result) {
    constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    ++place_;
    if (!at_end() && text_[place_] == 'u') return append_utf8(result, escaped_point());
    const std::size_t known = at_end() ? std::string_view::npos : names.find(text_[place_]);
    if (known == std::string_view::npos) fail("must be an escape of JSON");
    result += meanings[known];
    ++place_;
  }

  // \uD83D\uDE00: two surrogates form one character.
  std::uint32_t escaped_point() {
    const std::uint32_t first = escaped_unit();
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || text_.substr(place_, 2) != "\\u") fail_here("a surrogate stands alone");
    ++place_;
    const std::uint32_t second = escaped_unit();
    if (second < 0xdc00 || second > 0xdfff) fail_here("a surrogate stands alone");
    return 0x10000U + ((first - 0xd800U) << 10) + (second - 0xdc00U);
  }
  std::uint32_t escaped_unit() {
    std::uint32_t unit = 0;
    ++place_;  // the u
    for (int k = 0; k < 4; ++k, ++place_) {
      constexpr std::string_view digits = "0123456789abcdef0123456789ABCDEF";
      const std::size_t digit = at_end() ? std::string_view::npos : digits.find(text_[place_]);
      if (digit == std::string_view::npos) fail("must be a hexadecimal digit");
      unit = unit << 4 | static_cast<std::uint32_t>(digit & 15U);
    }
    return unit;
  }

  void skip_word(std::string_view word) {
    if (text_.substr(place_, word.size()) != word) fail("must be a value of JSON");
    place_ += word.size();
  }
  void skip_digits() {
    if (!is_digit()) fail("must be a digit");
    while (is_digit()) ++place_;
  }
  bool accept_one_of(std::string_view characters) {
    const bool found = !at_end() && characters.find(text_[place_]) != std::string_view::npos;
    if (found) ++place_;
    return found;
  }
  void skip_number() {
    const bool negative = accept_one_of("-");
    if (!is_digit()) fail(negative ? "must be a digit" : "must be a value of JSON");
    if (!accept_one_of("0")) skip_digits();
    if (accept_one_of(".")) skip_digits();
    if (!accept_one_of("eE")) return;
    accept_one_of("+-");
    skip_digits();
  }

  std::string_view text_;
  const std::string& path_;
  std::size_t place_ = 0;
};

}  // namespace descent::detail
