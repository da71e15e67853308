// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace descent::detail {

/// Reads a text word by word, and reports the position of errors.
class TextReader {
 public:
  explicit TextReader(std::string_view text) : TextReader(text, "parse_schedule") {}
  /// `owner` begins every message. Positions count from the start of the text, also if reading begins later.
  TextReader(std::string_view text, std::string_view owner, std::size_t begin = 0)
      : text_(text), owner_(owner), position_(begin) {
    skip_blanks();
  }

  std::string_view text() const { return text_; }
  std::string_view owner() const { return owner_; }
  std::size_t position() const { return position_; }
  /// Continues at a position.
  void go_to(std::size_t position) {
    position_ = position;
    skip_blanks();
  }
  bool at_end() const { return position_ == text_.size(); }
  char next() const { return at_end() ? '\0' : text_[position_]; }
  bool at_name() const { return is_letter(next()); }
  bool at_number() const {
    const std::size_t after_point = position_ + (next() == '.' ? 1 : 0);
    return next() == '-' || (after_point < text_.size() && is_digit(text_[after_point])) || word() == "inf" ||
           word() == "nan";
  }

  /// Skips the symbol if it is next.
  bool accept(std::string_view symbol) {
    if (!text_.substr(position_).starts_with(symbol)) return false;
    position_ += symbol.size();
    skip_blanks();
    return true;
  }

  void expect(std::string_view symbol) {
    if (!accept(symbol)) fail_here("'" + std::string(symbol) + "'");
  }

  /// The next letters, digits and underscores; may be empty.
  std::string_view word() const {
    std::size_t end = position_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    return text_.substr(position_, end - position_);
  }

  void pass(std::string_view word) {
    position_ += word.size();
    skip_blanks();
  }

  /// The text between two quotation marks, of which none can be part.
  std::string quoted() {
    const std::size_t begin = position_ + 1;
    if (next() != '"') fail_here("a text in quotation marks");
    const std::size_t end = text_.find('"', begin);
    if (end == std::string_view::npos) fail_with(begin - 1, "the quotation mark is not closed");
    go_to(end + 1);
    return std::string(text_.substr(begin, end - begin));
  }

  double number() {
    const std::size_t begin = position_;
    const std::string digits = digits_of_number();
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
      fail(begin, "a number that a double can hold");
    return value;
  }

  /// A whole number; 1e4 is one, too.
  std::int64_t whole() {
    const std::size_t begin = position_;
    const std::string digits = digits_of_number();
    std::int64_t value = 0;
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, value);
    if (!digits.empty() && error == std::errc() && end == last) return value;
    double real = 0;
    const auto [real_end, real_error] = std::from_chars(digits.data(), last, real);
    // A double can represent every whole number up to here.
    if (digits.empty() || real_error != std::errc() || real_end != last || !(std::abs(real) <= 0x1p53) ||
        real != std::floor(real))
      fail(begin, "a whole number");
    return static_cast<std::int64_t>(real);
  }

  [[noreturn]] DESCENT_COLD void fail_here(const std::string& expected) const { fail(position_, expected); }

  [[noreturn]] DESCENT_COLD void fail(std::size_t position, const std::string& expected) const {
    fail_with(position, "found " + found_at(position) + ", expected " + expected);
  }

  [[noreturn]] DESCENT_COLD void fail_with(std::size_t position, const std::string& message) const {
    fail_invalid_argument({owner_, ": at character ", std::to_string(position + 1), ": ", message});
  }

  /// Returns make(); adds the position to the message if it throws.
  template <class Make>
  auto at(std::size_t position, const Make& make) const {
#if defined(__cpp_exceptions)
    try {
      return make();
    } catch (const std::invalid_argument& error) {
      std::string message = error.what();
      if (message.rfind("descent: ", 0) == 0) message.erase(0, 9);
      fail_with(position, message);
    }
#else
    static_cast<void>(position);
    return make();
#endif
  }

 private:
  /// 2 for >>, 1 for other symbols, or the number of bytes of a letter outside ASCII.
  std::size_t symbol_length(std::size_t position) const {
    if (text_.substr(position).starts_with(">>")) return 2;
    std::size_t end = position + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80) ++end;
    return end - position;
  }

  DESCENT_COLD std::string found_at(std::size_t position) const {
    if (position >= text_.size()) return "the end";
    TextReader there = *this;
    there.position_ = position;
    std::string_view found = there.word();
    if (there.at_number()) found = there.raw_number();
    if (found.empty()) found = text_.substr(position, symbol_length(position));
    constexpr std::size_t longest = 60;
    return joined({"'", found.substr(0, longest), found.size() > longest ? "...'" : "'"});
  }

  static bool is_digit(char c) { return '0' <= c && c <= '9'; }
  static bool is_letter(char c) { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_'; }

  void skip_blanks() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t' ||
                                        text_[position_] == '\n' || text_[position_] == '\r'))
      ++position_;
  }

  /// Characters of a number: a sign may be at its start and after an e.
  std::string_view raw_number() const {
    std::size_t end = position_;
    for (; end < text_.size(); ++end) {
      const char c = text_[end], before = end > position_ ? text_[end - 1] : 'e';
      const bool sign = c == '-' || (c == '+' && end > position_);
      if (!is_letter(c) && !is_digit(c) && c != '.' && c != '\'' &&
          !(sign && (before == 'e' || before == 'E')))
        break;
    }
    return text_.substr(position_, end - position_);
  }

  /// Skips a number; returns it without separators as in 10'000, which must be between digits.
  std::string digits_of_number() {
    const std::string_view raw = raw_number();
    std::string digits;
    for (std::size_t i = 0; i < raw.size(); ++i)
      if (raw[i] != '\'' || i == 0 || !is_digit(raw[i - 1]) || i + 1 == raw.size() || !is_digit(raw[i + 1]))
        digits += raw[i];
    pass(raw);
    return digits;
  }

  std::string_view text_, owner_;
  std::size_t position_;
};

}  // namespace descent::detail
