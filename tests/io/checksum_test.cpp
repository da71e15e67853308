// SPDX-License-Identifier: MIT
#include <descent/io/checksum.hpp>

#include "io/support.hpp"

using descent::detail::Checksum;

namespace {
std::uint64_t checksum(std::string_view text, std::uint64_t seed = 0) {
  Checksum sum(seed);
  sum.add(test::as_bytes(text));
  return sum.value();
}
}  // namespace

TEST_CASE("the checksum is XXH64, as published") {
  CHECK(checksum("") == 0xef46db3751d8e999);
  CHECK(checksum("a") == 0xd24ec4f1a98c6e5b);
  CHECK(checksum("abc") == 0x44bc2cf5ad770999);
  CHECK(checksum("Nobody inspects the spammish repetition") == 0xfbcea83c8a378bf1);
  CHECK(checksum("xxhash", 20141025) == 0xb559b98d844e0635);
}

TEST_CASE("a checksum in a file has 16 digits") {
  CHECK(descent::detail::hexadecimal(0xef46db3751d8e999) == "ef46db3751d8e999");
  CHECK(descent::detail::hexadecimal(0x10a) == "000000000000010a");
}

// The bytes of xxHash's own self-test, and its values for them.
TEST_CASE("the checksum has the values of xxHash's own test") {
  std::string bytes(222, '\0');
  std::uint64_t generator = 2654435761U;
  for (char& byte : bytes) {
    byte = static_cast<char>(static_cast<unsigned char>(generator >> 56));
    generator *= 11400714785074694797U;
  }
  const std::uint64_t seed = 2654435761U;
  CHECK(checksum(bytes.substr(0, 0), seed) == 0xac75fda2929b17ef);
  CHECK(checksum(bytes.substr(0, 1)) == 0xe934a84adb052768);
  CHECK(checksum(bytes.substr(0, 1), seed) == 0x5014607643a9b4c3);
  CHECK(checksum(bytes.substr(0, 4)) == 0x9136a0dca57457ee);
  CHECK(checksum(bytes.substr(0, 14)) == 0x8282dcc4994e35c8);
  CHECK(checksum(bytes.substr(0, 14), seed) == 0xc3bd6bf63deb6df0);
  CHECK(checksum(bytes) == 0xb641ae8cb691c174);
  CHECK(checksum(bytes, seed) == 0x20cb8ab7ae10c14a);
}

TEST_CASE("the checksum does not depend on the pieces in which bytes arrive") {
  std::string text;
  for (int k = 0; k < 300; ++k) text += static_cast<char>(k * 37 % 127);
  for (std::size_t length = 0; length <= text.size(); length += 7)
    for (std::size_t piece : {1U, 3U, 31U, 32U, 33U, 64U, 100U}) {
      Checksum sum;
      for (std::size_t place = 0; place < length; place += piece) {
        sum.add(test::as_bytes(std::string_view(text).substr(place, std::min(piece, length - place))));
        static_cast<void>(sum.value());
      }
      CHECK(sum.value() == checksum(std::string_view(text).substr(0, length)));
    }
}
