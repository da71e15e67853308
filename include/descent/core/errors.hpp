// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>

#include <cstdio>
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

/// The shortest decimal text that reads back as the same number.
DESCENT_COLD inline std::string text_of(double value) {
  char text[40];
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
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
