// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/support/formatted_text.hpp>

#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>

using descent::detail::formatted;

TEST_CASE("formatted text is that of std::printf in the C locale") {
  const auto same = [](const char* format, double value) {
    char text[400];
    std::snprintf(text, sizeof text, format, value);
    CHECK(formatted(format, {value}) == text);
  };
  for (const double value :
       {0.0, -0.0, 1.5, -1.5, 0.1, 1e-5, 123456.0, 1e6, 1e300, 1e-300, 99.995, 2.5, 1e15,
        std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()})
    for (const char* format : {"%g", "%.1g", "%.2g", "%.4g", "%.17g", "%.0f", "%.1f", "%.0e", "%.3e",
                               "%10.3g", "%-10.2g|", "%6.1f %%", "%02.0f", "(%.3g)"})
      same(format, value);
  REQUIRE(formatted("%.3g", {std::numeric_limits<double>::quiet_NaN()}) == "nan");
  REQUIRE(formatted("%d of %3d%%, %-6s|%4s|", {std::int64_t{-5}, 7, "ab", std::string("cde")}) ==
          "-5 of   7%, ab    | cde|");
  REQUIRE(formatted("%d %d", {1}) == "1 ");
  REQUIRE(formatted("", {}).empty());
}
