// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace descent {

/// Whether a number is neither infinite nor NaN. Tests the bits of the exponent, because -ffast-math lets
/// compilers assume that every number is finite and remove other tests.
constexpr bool is_finite(double value) {
  return ((std::bit_cast<std::uint64_t>(value) >> 52) & 0x7ff) != 0x7ff;
}
constexpr bool is_finite(float value) { return ((std::bit_cast<std::uint32_t>(value) >> 23) & 0xff) != 0xff; }

/// Whether a number is NaN; tests its bits, too.
constexpr bool is_nan(double value) {
  return (std::bit_cast<std::uint64_t>(value) & 0x7fff'ffff'ffff'ffff) > 0x7ff0'0000'0000'0000;
}

namespace detail {
/// The number of type S nearest to a finite one; a value too large for S gives the largest finite S.
template <class S>
constexpr S saturate(double value) {
  if constexpr (std::is_same_v<S, float>) {
    constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
    if ((value > largest || value < -largest) && is_finite(value))
      return value > 0 ? std::numeric_limits<float>::max() : std::numeric_limits<float>::lowest();
  }
  return static_cast<S>(value);
}
}  // namespace detail

}  // namespace descent
