// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/rule.hpp>
#include <descent/core/simd/pack.hpp>

#include <cmath>
#include <limits>

using descent::average_square;
using descent::bias_correction;
using descent::keep_above_zero;
using descent::next_power;

TEST_CASE("powers of beta are those of pow, and end at 0 before they are denormal") {
  double power = 1;
  for (int t = 1; t <= 100; ++t) {
    power = next_power(power, 0.9);
    CHECK(power == Approx(std::pow(0.9, t)).epsilon(1e-13));
  }
  for (int t = 0; t < 1000; ++t) {
    power = next_power(power, 0.9);
    CHECK((power == 0 || power >= 1e-20));
  }
  CHECK(power == 0);
  CHECK(next_power(1, 0) == 0);
  CHECK(std::isnan(next_power(std::numeric_limits<double>::quiet_NaN(), 0.9)));
}

TEST_CASE("the correction of an average that began at 0") {
  CHECK(bias_correction(0.9) == Approx(10));
  CHECK(bias_correction(0) == 1);
  CHECK(bias_correction(0x1p-55) == 1);
  CHECK(bias_correction(0.5) == 2);
}

TEST_CASE("a denominator is kept above 0 only if both epsilons would not do it") {
  constexpr auto smallest = static_cast<double>(std::numeric_limits<float>::min());
  CHECK(keep_above_zero(0, 1e-8) == 0);
  CHECK(keep_above_zero(1e-16, 0) == 1e-16);
  CHECK(keep_above_zero(1e-30, 1e-8) == 1e-30);
  CHECK(keep_above_zero(0, 0) == smallest);
  CHECK(keep_above_zero(1e-300, 1e-50) == smallest);  // neither is a float
  CHECK(static_cast<float>(keep_above_zero(0, 0)) > 0);
}

TEST_CASE("an average of squares that overflowed stays infinite") {
  using Pack = descent::simd::Pack<float>;
  const auto first = [](Pack pack) {
    float numbers[Pack::size];
    pack.store(numbers);
    return numbers[0];
  };
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(first(average_square(Pack(0.25F), Pack(8), Pack(4))) == 5);
  CHECK(first(average_square(Pack(0.25F), Pack(8), Pack(infinity))) == infinity);
  CHECK(first(average_square(Pack(0.25F), Pack(infinity), Pack(infinity))) == infinity);
}

TEST_CASE("whether an option is always 0") {
  CHECK(descent::is_always_zero(0.0));
  CHECK_FALSE(descent::is_always_zero(1e-300));
  CHECK_FALSE(descent::is_always_zero([](std::int64_t) { return 0.0; }));
}
