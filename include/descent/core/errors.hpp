// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

/// DESCENT_THROW(type, message): how descent reports an error.
///
/// With exceptions it throws `type(message)`. Without them (-fno-exceptions) it hands the message
/// to the handler of `descent::set_failure_handler`, then aborts. A program that has its own way of
/// failing defines this macro before it includes descent; the replacement must not return.
#ifndef DESCENT_THROW
#if defined(__cpp_exceptions)
#define DESCENT_THROW(type, message) throw type(message)
#else
#define DESCENT_THROW(type, message) ::descent::detail::fail_without_exceptions(message)
#endif
#endif

namespace descent {

/// Called with the message of an error in a program built without exceptions.
using FailureHandler = void (*)(const char* message);

namespace detail {
inline FailureHandler failure_handler = nullptr;

[[noreturn]] DESCENT_COLD inline void fail_without_exceptions(const std::string& message) {
  if (failure_handler != nullptr) failure_handler(message.c_str());
  std::abort();
}

/// One text of several.
DESCENT_COLD inline std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part);
  return text;
}

[[noreturn]] DESCENT_COLD inline void fail_invalid_argument(const std::string& message) {
  DESCENT_THROW(std::invalid_argument, joined({"descent: ", message}));
}
[[noreturn]] DESCENT_COLD inline void fail_invalid_argument(std::initializer_list<std::string_view> parts) {
  fail_invalid_argument(joined(parts));
}

/// The shortest decimal text that reads back as the same number, the same in every locale. Large and small numbers
/// are written with an exponent, as %g does.
DESCENT_COLD inline std::string text_of(double value) {
  char text[40];
  char* const end = text + sizeof text;
  const std::string_view shortest(
      text,
      static_cast<std::size_t>(std::to_chars(text, end, value, std::chars_format::scientific).ptr - text));
  const std::size_t e = shortest.rfind('e');
  if (e == std::string_view::npos) return std::string(shortest);  // inf, nan
  int exponent = 0, digits = 0;
  std::from_chars(&shortest[e] + (shortest[e + 1] == '+' ? 2 : 1), &shortest.back() + 1, exponent);
  for (const char c : shortest.substr(0, e)) digits += '0' <= c && c <= '9' ? 1 : 0;
  if (exponent < -4 || exponent >= (digits < 6 ? 6 : digits)) return std::string(shortest);
  return {text, std::to_chars(text, end, value, std::chars_format::fixed).ptr};
}
}  // namespace detail

/// Says what happens with the message of an error in a program built without exceptions;
/// afterwards the program aborts. Returns the handler that was set before.
inline FailureHandler set_failure_handler(FailureHandler handler) noexcept {
  const FailureHandler before = detail::failure_handler;
  detail::failure_handler = handler;
  return before;
}

}  // namespace descent
