// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/simd/cube_root.hpp>

#include <cmath>
#include <limits>

using descent::detail::cube_root;

namespace {

template <class S>
S in_a_lane(S x) {
  using V = descent::simd::Pack<S>;
  S lanes[V::size];
  cube_root(V(x)).store(lanes);
  return lanes[0];
}

/// The largest error over the whole range of normal numbers, in units of the last place.
template <class S>
double largest_error(S low, S high) {
  double largest = 0;
  for (S x = low; x < high; x *= S(1.37)) {
    const double exact = std::cbrt(static_cast<double>(x));
    const double error = std::abs(static_cast<double>(in_a_lane(x)) / exact - 1);
    largest = std::max(largest, error / static_cast<double>(std::numeric_limits<S>::epsilon()));
  }
  return largest;
}

}  // namespace

TEST_CASE("the cube root is right to some units of the last place over the whole range") {
  CHECK(largest_error<float>(std::numeric_limits<float>::min(), 1e38F) < 4);
  CHECK(largest_error<double>(std::numeric_limits<double>::min(), 1e307) < 4);
  CHECK(in_a_lane(27.0) == Approx(3).epsilon(1e-15));
  CHECK(in_a_lane(1e-3F) == Approx(0.1F).epsilon(1e-6));
}

TEST_CASE("the cube root of 0, infinity and NaN") {
  CHECK(in_a_lane(0.0) == 0);
  CHECK(in_a_lane(0.0F) == 0);
  CHECK(in_a_lane(std::numeric_limits<double>::infinity()) == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(in_a_lane(std::numeric_limits<double>::quiet_NaN())));
}
