// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace descent::detail {

/// Tests the exponent's bits: right under -ffast-math as well.
template <class S>
bool is_finite(S value) {
  if constexpr (std::is_same_v<S, float>) {
    constexpr std::uint32_t exponent = 0x7f800000U;
    return (std::bit_cast<std::uint32_t>(value) & exponent) != exponent;
  } else {
    constexpr std::uint64_t exponent = 0x7ff0000000000000U;
    return (std::bit_cast<std::uint64_t>(static_cast<double>(value)) & exponent) != exponent;
  }
}

}  // namespace descent::detail
