// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/finite.hpp>
#include <descent/core/errors.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

// Also under -ffast-math, where the compiler assumes that every number is finite.

using descent::is_finite;
using descent::is_nan;

TEMPLATE_TEST_CASE("finite numbers are told from infinity and NaN", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  for (const TestType finite : {TestType(0), TestType(-0.0), TestType(1), Limits::max(), Limits::lowest(),
                                Limits::min(), Limits::denorm_min(), -Limits::denorm_min()})
    CHECK(is_finite(finite));
  for (const TestType other :
       {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), -Limits::quiet_NaN()})
    CHECK_FALSE(is_finite(other));
}

TEST_CASE("NaN is told from infinity") {
  using Limits = std::numeric_limits<double>;
  CHECK(is_nan(Limits::quiet_NaN()));
  CHECK(is_nan(-Limits::quiet_NaN()));
  CHECK(is_nan(Limits::signaling_NaN()));
  for (const double number :
       {0.0, -1.0, Limits::max(), Limits::denorm_min(), Limits::infinity(), -Limits::infinity()})
    CHECK_FALSE(is_nan(number));
  STATIC_REQUIRE(is_nan(Limits::quiet_NaN()));
  STATIC_REQUIRE(is_finite(1.0F));
}

TEST_CASE("the text of a number reads back as the number") {
  std::mt19937_64 engine(1);
  for (int k = 0; k < 2000; ++k) {
    const auto number = std::bit_cast<double>(engine());
    if (!is_finite(number)) continue;
    if (std::strtod(descent::detail::text_of(number).c_str(), nullptr) != number) FAIL(number);
  }
  CHECK(descent::detail::text_of(0.001) == "0.001");
  CHECK(descent::detail::text_of(-0.0) == "-0");
  CHECK(descent::detail::text_of(1e22) == "1e+22");
}

TEST_CASE("brief numbers are those of printf's %g, but for the zeros of exponents") {
  using descent::detail::brief_text_of;
  const std::pair<double, const char*> texts[] = {{0, "0"},
                                                  {1, "1"},
                                                  {-2.5, "-2.5"},
                                                  {0.001, "0.001"},
                                                  {1e-4, "0.0001"},
                                                  {1e-5, "1e-5"},
                                                  {123456, "123456"},
                                                  {1234567, "1.23457e+6"},
                                                  {1e6, "1e+6"},
                                                  {1e22, "1e+22"},
                                                  {999999.6, "1e+6"},
                                                  {0.0099999999, "0.01"},
                                                  {100, "100"},
                                                  {-0.3, "-0.3"},
                                                  {2.0 / 3, "0.666667"},
                                                  {1.0 / 3 * 1e3, "333.333"},
                                                  {1e308, "1e+308"},
                                                  {5e-324, "4.94066e-324"}};
  for (const auto& [number, text] : texts) CHECK(brief_text_of(number) == text);
  using Limits = std::numeric_limits<double>;
  CHECK(brief_text_of(Limits::infinity()) == "inf");
  CHECK(brief_text_of(-Limits::infinity()) == "-inf");
  CHECK(brief_text_of(Limits::quiet_NaN()) == "nan");
  std::mt19937_64 engine(2);
  std::uniform_real_distribution<double> power(-290, 290);
  for (int k = 0; k < 2000; ++k) {
    const double number = std::pow(10.0, power(engine));
    CHECK(std::strtod(brief_text_of(number).c_str(), nullptr) == Approx(number).epsilon(6e-6));
  }
}

TEST_CASE("the failure handler can be set, and the one before comes back") {
  const auto first = [](const char*) {};
  const auto second = [](const char*) {};
  const descent::FailureHandler original = descent::set_failure_handler(first);
  CHECK(original == nullptr);
  CHECK(descent::set_failure_handler(second) == descent::FailureHandler(first));
  CHECK(descent::set_failure_handler(original) == descent::FailureHandler(second));
}

TEST_CASE("an invalid argument says that it comes from descent") {
  CHECK_THROWS_MATCHES(descent::detail::fail_invalid_argument("Sgd: no"), std::invalid_argument,
                       Catch::Matchers::Message("descent: Sgd: no"));
}
