// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace descent::detail {

/// The length of the first character of `text`, 1 to 4 bytes; 0 if it is not valid UTF-8.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t k) -> std::uint32_t {
    return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U;
  };
  const auto continues = [&](std::size_t k) { return (byte(k) & 0xc0U) == 0x80U; };
  const std::uint32_t first = byte(0);
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return continues(1) ? 2 : 0;
  if (!continues(1) || !continues(2)) return 0;
  if (first >= 0xe0 && first < 0xf0) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = first == 0xf0 && byte(1) < 0x90;
  const bool too_large = first == 0xf4 && byte(1) >= 0x90;
  return first >= 0xf0 && first <= 0xf4 && continues(3) && !overlong && !too_large ? 4 : 0;
}

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Appends a code point below 0x110000 that is not a surrogate.
inline void append_utf8(std::string& text, std::uint32_t point) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  const auto add_low_bits = [&](std::uint32_t bits) { add(0x80U | (bits & 0x3fU)); };
  if (point < 0x80) return add(point);
  if (point < 0x800) {
    add(0xc0U | point >> 6);
  } else if (point < 0x10000) {
    add(0xe0U | point >> 12);
    add_low_bits(point >> 6);
  } else {
    add(0xf0U | point >> 18);
    add_low_bits(point >> 12);
    add_low_bits(point >> 6);
  }
  add_low_bits(point);
}

}  // namespace descent::detail
