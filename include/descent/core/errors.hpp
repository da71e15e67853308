// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/base/finite.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

/// DESCENT_THROW(type, message): how descent reports an error.
///
/// Throws `type(message)`. Without exceptions (-fno-exceptions) it passes the message to the handler set by
/// `descent::set_failure_handler`, then aborts. To report errors in another way, define this macro before
/// including descent; the replacement must not return.
#ifndef DESCENT_THROW
#if defined(__cpp_exceptions)
#define DESCENT_THROW(type, message) throw type(message)
#else
#define DESCENT_THROW(type, message) ::descent::detail::fail_without_exceptions(message)
#endif
#endif

// Define DESCENT_BRIEF_NUMBERS for a whole program to shorten the numbers in messages to six digits. On a
// microcontroller this saves the 120 KB of tables that exact ones take.

namespace descent {

/// Called with the message of an error in a program built without exceptions.
using FailureHandler = void (*)(const char* message);

namespace detail {
inline FailureHandler failure_handler = nullptr;

[[noreturn]] DESCENT_COLD inline void fail_without_exceptions(const std::string& message) {
  if (failure_handler != nullptr) failure_handler(message.c_str());
  std::abort();
}

/// Concatenates texts.
DESCENT_COLD inline std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part.data(), part.size());
  return text;
}

/// A whole number. std::to_string would instantiate parts of the standard library that nothing else needs.
DESCENT_COLD inline std::string text_of_integer(std::int64_t value) {
  char text[20];
  char *const end = text + sizeof text, *next = end;
  std::uint64_t rest = static_cast<std::uint64_t>(value);
  if (value < 0) rest = 0 - rest;
  do {
    *--next = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) *--next = '-';
  return {next, static_cast<std::size_t>(end - next)};
}

[[noreturn]] DESCENT_COLD inline void fail_invalid_argument(const std::string& message) {
  DESCENT_THROW(std::invalid_argument, joined({"descent: ", message}));
}
[[noreturn]] DESCENT_COLD inline void fail_invalid_argument(std::initializer_list<std::string_view> parts) {
  fail_invalid_argument(joined(parts));
}

/// A positive number as digits * 10^exponent, rounded to six digits: 100000 <= digits < 1000000.
struct SixDigits {
  explicit SixDigits(double value) {
    for (; value >= 1e6; value /= 10) ++exponent;
    for (; value < 1e5; value *= 10) --exponent;
    digits = static_cast<int>(value + 0.5);
    if (digits == 1'000'000) digits = 100'000, ++exponent;
  }
  int digits = 0, exponent = 0;
};

/// A number with six digits, as %g writes it; avoids the 120 KB of tables that the shortest exact text needs.
DESCENT_COLD inline std::string brief_text_of(double value) {
  if (is_nan(value)) return "nan";
  const std::string sign = value < 0 ? "-" : "";
  if (value < 0) value = -value;
  if (!is_finite(value)) return sign + "inf";
  if (value == 0) return "0";
  const SixDigits six(value);
  std::string text = std::to_string(six.digits);
  const int power = six.exponent + 5;
  const bool scientific = power < -4 || power > 5;
  if (!scientific && power < 0) text.insert(0, static_cast<std::size_t>(-power), '0');
  const std::size_t whole = scientific || power < 0 ? 1 : static_cast<std::size_t>(power) + 1;
  text.insert(whole, 1, '.');
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  if (scientific) text += (power < 0 ? "e" : "e+") + std::to_string(power);
  return sign + text;
}

/// The shortest decimal text that reads back as the same number, the same in every locale. Large and small numbers
/// are written with an exponent, as %g does. With DESCENT_BRIEF_NUMBERS: six digits.
DESCENT_COLD inline std::string text_of(double value) {
#ifdef DESCENT_BRIEF_NUMBERS
  return brief_text_of(value);
#else
  char text[40];
  const char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  int exponent = 0, digits = 0;
  const char* next = text;
  for (; next != end && *next != 'e'; ++next) digits += '0' <= *next && *next <= '9' ? 1 : 0;
  if (next != end) {  // not inf or nan
    const bool negative = next[1] == '-';
    for (next += 2; next != end; ++next) exponent = 10 * exponent + (*next - '0');
    if (negative) exponent = -exponent;
    if (exponent >= -4 && exponent < (digits < 6 ? 6 : digits))
      end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
  }
  return {text, static_cast<std::size_t>(end - text)};
#endif
}
}  // namespace detail

/// Sets the handler for the message of an error in a program built without exceptions; the program aborts
/// after the handler returns. Returns the previous handler.
inline FailureHandler set_failure_handler(FailureHandler handler) noexcept {
  const FailureHandler before = detail::failure_handler;
  detail::failure_handler = handler;
  return before;
}

}  // namespace descent
