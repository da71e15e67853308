// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/finite.hpp>

#include <limits>

using descent::is_finite;
using descent::is_nan;
using descent::detail::saturate;

TEMPLATE_TEST_CASE("numbers are told from infinity and NaN by their bits", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  for (const TestType finite :
       {TestType(0), -TestType(0), Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min()}) {
    CHECK(is_finite(finite));
    CHECK_FALSE(is_nan(static_cast<double>(finite)));
  }
  for (const TestType infinite : {Limits::infinity(), -Limits::infinity()}) {
    CHECK_FALSE(is_finite(infinite));
    CHECK_FALSE(is_nan(static_cast<double>(infinite)));
  }
  for (const TestType nan : {Limits::quiet_NaN(), -Limits::quiet_NaN()}) {
    CHECK_FALSE(is_finite(nan));
    CHECK(is_nan(static_cast<double>(nan)));
  }
}

TEST_CASE("a number that float cannot hold becomes the largest float; infinity and NaN stay") {
  constexpr float largest = std::numeric_limits<float>::max();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(saturate<float>(1e300) == largest);
  CHECK(saturate<float>(-1e39) == -largest);
  CHECK(saturate<float>(0.5) == 0.5F);
  CHECK(saturate<float>(1e-300) == 0);
  CHECK(saturate<float>(infinity) == std::numeric_limits<float>::infinity());
  CHECK(saturate<float>(-infinity) == -std::numeric_limits<float>::infinity());
  CHECK(is_nan(static_cast<double>(saturate<float>(std::numeric_limits<double>::quiet_NaN()))));
  CHECK(saturate<double>(1e300) == 1e300);
}
