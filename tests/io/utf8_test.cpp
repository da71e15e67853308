// SPDX-License-Identifier: MIT
#include <descent/io/safetensors/utf8.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

using descent::detail::append_utf8;
using descent::detail::is_utf8;
using descent::detail::utf8_length;

namespace {

std::string encoded(std::uint32_t point) {
  std::string text;
  append_utf8(text, point);
  return text;
}
std::string byte(unsigned value) {
  return std::string(1, static_cast<char>(static_cast<unsigned char>(value)));
}

/// All characters of up to three bytes.
std::set<std::string> short_characters() {
  std::set<std::string> characters;
  for (std::uint32_t point = 0; point < 0x10000; ++point)
    if (point < 0xd800 || point >= 0xe000) characters.insert(encoded(point));
  return characters;
}

}  // namespace

TEST_CASE("characters are written as UTF-8") {
  CHECK(encoded(0x24) == "$");
  CHECK(encoded(0x7f) == "\x7f");
  CHECK(encoded(0x80) == "\xc2\x80");
  CHECK(encoded(0x7ff) == "\xdf\xbf");
  CHECK(encoded(0x800) == "\xe0\xa0\x80");
  CHECK(encoded(0x20ac) == "\xe2\x82\xac");
  CHECK(encoded(0xffff) == "\xef\xbf\xbf");
  CHECK(encoded(0x10000) == "\xf0\x90\x80\x80");
  CHECK(encoded(0x1f600) == "\xf0\x9f\x98\x80");
  CHECK(encoded(0x10ffff) == "\xf4\x8f\xbf\xbf");
}

TEST_CASE("of all texts of up to three bytes, those are UTF-8 that begin with a character") {
  const auto characters = short_characters();
  const auto expected = [&](const std::string& text) -> std::size_t {
    for (std::size_t length = 1; length <= text.size(); ++length)
      if (characters.contains(text.substr(0, length))) return length;
    return 0;
  };
  CHECK(utf8_length("") == 0);
  CHECK(is_utf8(""));
  std::size_t wrong = 0;
  for (unsigned first = 0; first < 256; ++first) {
    wrong += utf8_length(byte(first)) != expected(byte(first));
    for (unsigned second = 0; second < 256; ++second) {
      const std::string two = byte(first) + byte(second);
      wrong += utf8_length(two) != expected(two);
      for (const unsigned third : {0x00U, 0x41U, 0x7fU, 0x80U, 0xbfU, 0xc0U, 0xffU})
        wrong += utf8_length(two + byte(third)) != expected(two + byte(third));
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("characters of four bytes end at 0x10ffff") {
  std::size_t wrong = 0;
  for (std::uint32_t point = 0x10000; point < 0x110000; point += 0x3f)
    wrong += utf8_length(encoded(point) + "x") != 4;
  CHECK(wrong == 0);
  CHECK(utf8_length("\xf0\x90\x80\x80") == 4);
  CHECK(utf8_length("\xf4\x8f\xbf\xbf") == 4);
  for (const char* bad :
       {"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x90\x80\x7f", "\xf0\x90\x80\xc0",
        "\xf0\x90\x80", "\xf0\x90", "\xf1\x41\x80\x80", "\xf1\x80\x41\x80", "\xff\x80\x80\x80"})
    CHECK(utf8_length(bad) == 0);
  CHECK(is_utf8("a\xc2\x80\xe2\x82\xac\xf0\x9f\x98\x80z"));
  CHECK_FALSE(is_utf8("a\xc2\x80\xe2\x82"));
}
