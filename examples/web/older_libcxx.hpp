// SPDX-License-Identifier: MIT
// The standard library of Emscripten 3.1.6 (libc++ 13) lacks std::bit_cast and the functions of <charconv> for
// double. build.sh includes this file before the library. The functions give the results that the standard
// demands, but only for the forms that the library calls.
#pragma once

#include <version>

#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 14000
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <type_traits>

namespace std {  // NOLINT(cert-dcl58-cpp): fills a gap of this version alone

template <class To, class From>
constexpr To bit_cast(const From& value) noexcept {
  static_assert(sizeof(To) == sizeof(From) && is_trivially_copyable_v<To> && is_trivially_copyable_v<From>);
  return __builtin_bit_cast(To, value);
}

namespace older_libcxx {
inline to_chars_result copy(char* first, char* last, const char* text) {
  const size_t length = strlen(text);
  if (static_cast<size_t>(last - first) < length) return {last, errc::value_too_large};
  memcpy(first, text, length);
  return {first + length, errc()};
}

inline const char* conversion(chars_format format) {
  if (format == chars_format::fixed) return "%.*f";
  return format == chars_format::scientific ? "%.*e" : "%.*g";
}

/// The number of digits after the first that identify the value among all doubles.
inline int shortest_digits(double value) {
  char text[40];
  for (int digits = 0; digits < 17; ++digits) {
    snprintf(text, sizeof text, "%.*e", digits, value);
    if (strtod(text, nullptr) == value) return digits;
  }
  return 17;
}

/// Whether the value is infinite or NaN, which has no digits.
inline const char* word_for(double value) {
  if (value != value) return __builtin_signbit(value) != 0 ? "-nan" : "nan";
  if (value - value != 0) return value < 0 ? "-inf" : "inf";
  return nullptr;
}
}  // namespace older_libcxx

inline to_chars_result to_chars(char* first, char* last, double value, chars_format format, int precision) {
  char text[512];
  if (const char* const word = older_libcxx::word_for(value)) return older_libcxx::copy(first, last, word);
  snprintf(text, sizeof text, older_libcxx::conversion(format), precision, value);
  return older_libcxx::copy(first, last, text);
}

inline to_chars_result to_chars(char* first, char* last, double value, chars_format format) {
  if (const char* const word = older_libcxx::word_for(value)) return older_libcxx::copy(first, last, word);
  const int digits = older_libcxx::shortest_digits(value);
  if (format == chars_format::scientific) return to_chars(first, last, value, format, digits);
  char text[40];
  snprintf(text, sizeof text, "%.*e", digits, value);
  const int exponent = atoi(strchr(text, 'e') + 1);
  return to_chars(first, last, value, chars_format::fixed, digits > exponent ? digits - exponent : 0);
}

/// Reads the texts that the library passes: digits with one sign, point and exponent, or inf and nan.
inline from_chars_result from_chars(const char* first, const char* last, double& value) {
  const string text(first, last);
  char* end = nullptr;
  if (text.empty() || text[0] == '+' || text[0] == ' ') return {first, errc::invalid_argument};
  const double read = strtod(text.c_str(), &end);
  if (end == text.c_str()) return {first, errc::invalid_argument};
  const char* const after = first + (end - text.c_str());
  const bool infinite = read - read != 0 && text.find_first_of("0123456789") != string::npos;
  const bool vanished =
      read == 0 && text.substr(0, text.find_first_of("eE")).find_first_of("123456789") != string::npos;
  if (infinite || vanished) return {after, errc::result_out_of_range};
  value = read;
  return {after, errc()};
}

}  // namespace std
#endif
