// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/core/simd/bfloat16.hpp>
#include <descent/core/simd/pack.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

using Eigen::bfloat16;
using test::Numbers;

namespace {

using descent::simd::RandomRounding;
using Pack = descent::simd::Pack<float>;
constexpr auto lanes = static_cast<std::size_t>(Pack::size);

float from_bits(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
std::uint16_t bits_of(bfloat16 x) { return Eigen::numext::bit_cast<std::uint16_t>(x); }

/// A number rounded in a certain lane of a pack whose other lanes hold something else.
std::uint16_t rounded_in_lane(float x, std::size_t lane, RandomRounding rounding) {
  std::array<float, lanes> values;
  values.fill(3.7F);
  values[lane] = x;
  std::array<bfloat16, lanes> stored{};
  descent::simd::store_bfloat16(Pack::load(values.data()), stored.data(), rounding);
  return bits_of(stored[lane]);
}

}  // namespace

TEST_CASE("a number is rounded to one of its two neighbours, up as often as it is near the upper one") {
  for (const std::uint32_t bits :
       {0x3f800000U, 0x3f800001U, 0x3f808000U, 0xc01fffffU, 0x00012345U, 0x7f7f0001U}) {
    std::uint32_t up = 0;
    for (std::uint32_t draw = 0; draw < 65536; ++draw) {
      const std::uint16_t rounded = descent::simd::rounded_bfloat16(from_bits(bits), {draw ^ 0xabcd0000U});
      REQUIRE((rounded == bits >> 16 || rounded == (bits >> 16) + 1));
      up += rounded != bits >> 16;
    }
    CHECK(up == (bits & 0xffffU));
  }
}

TEST_CASE("every lane rounds like one number alone; infinity and NaN stay what they are") {
  Numbers<float> numbers(2);
  std::vector<float> values = {0.0F, -0.0F, std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity()};
  for (int k = 0; k < 50; ++k) values.push_back(numbers.next());
  for (std::uint32_t draw : {0U, 1U, 0xffffffffU, 0x12345678U}) {
    for (const float x : values)
      for (std::size_t lane = 0; lane < lanes; ++lane)
        CHECK(rounded_in_lane(x, lane, {draw}) == descent::simd::rounded_bfloat16(x, {draw}));
    for (const std::uint32_t nan : {0x7fc00000U, 0xffc00000U, 0x7fffffffU, 0xffffffffU})
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const float back =
            from_bits(static_cast<std::uint32_t>(rounded_in_lane(from_bits(nan), lane, {draw})) << 16);
        CHECK(std::isnan(back));
      }
    CHECK(rounded_in_lane(std::numeric_limits<float>::infinity(), 0, {draw}) == 0x7f80);
  }
}

TEST_CASE("packs read back what bfloat16 holds") {
  std::vector<bfloat16> stored(lanes + 1);
  for (std::size_t k = 0; k <= lanes; ++k)
    stored[k] = static_cast<bfloat16>(0.1F * static_cast<float>(k) - 0.35F);
  std::array<float, lanes> loaded{};
  descent::simd::load_bfloat16(stored.data() + 1).store(loaded.data());
  for (std::size_t k = 0; k < lanes; ++k)
    CHECK(bits_of(loaded[k]) == bits_of(static_cast<float>(stored[k + 1])));
}
