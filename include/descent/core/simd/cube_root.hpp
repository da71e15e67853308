// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/core/simd/pack.hpp>

namespace descent {

namespace detail::inline DESCENT_BUILD {
/// The cube root, by operations that are exact in each lane: x^(1/4) x^(1/16) x^(1/64) x^(1/256) is within a
/// factor of 3 of it for any x, and Halley's iteration refines it. Returns 0, infinity and NaN unchanged.
template <class V>
V cube_root(V x) {
  V power = sqrt(sqrt(x)), root = power;
  for (int k = 0; k < 3; ++k) {
    power = sqrt(sqrt(power));
    root *= power;
  }
  for (int k = 0; k < 4; ++k) {
    const V cube = root * root * root;
    root = root - root * ((cube - x) / (cube + cube + x));
  }
  return select(x > V(0) && is_finite(x), root, x);
}
}  // namespace detail::inline DESCENT_BUILD

}  // namespace descent
