// SPDX-License-Identifier: MIT
#include <descent/training/adapt/slope_test.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

using namespace descent;
using namespace training_test;

TEST_CASE("slope test: Student's distribution, by its tables") {
  CHECK(detail::student_probability(6.314, 1) == Approx(0.95).epsilon(1e-4));
  CHECK(detail::student_probability(2.015, 5) == Approx(0.95).epsilon(1e-4));
  CHECK(detail::student_probability(-2.015, 5) == Approx(0.05).epsilon(1e-3));
  CHECK(detail::student_probability(2.764, 10) == Approx(0.99).epsilon(1e-4));
  CHECK(detail::student_probability(1.984, 100) == Approx(0.975).epsilon(1e-4));
  CHECK(detail::student_probability(0, 7) == 0.5);
  CHECK(detail::student_probability(1, 1) == Approx(0.75).epsilon(1e-14));  // Cauchy
}

TEST_CASE("slope test: the line through the values") {
  const auto test = slope_test(std::vector<double>{1, 3, 2, 4});
  // By hand: slope 0.8, residuals -0.3, 0.9, -0.9, 0.3, so 1.8 / 2 / 5 is the square of the error.
  CHECK(test.slope == Approx(0.8));
  CHECK(test.error == Approx(std::sqrt(0.18)));
  CHECK(test.falling_probability == Approx(1 - detail::student_probability(0.8 / std::sqrt(0.18), 2)));
  CHECK(slope_test(std::vector<double>{3, 2, 1}).falling_probability == Approx(1));
  CHECK(slope_test(std::vector<double>{1, 2, 3}).falling_probability == Approx(0).margin(1e-6));
  CHECK(slope_test(std::vector<double>{2, 2, 2}).falling_probability == 0.5);
  CHECK(slope_test(std::vector<double>{2, 1}).falling_probability == 0.5);
  CHECK(slope_test(std::vector<double>{3, std::nan(""), 1}).falling_probability == 0.5);
  CHECK(slope_test(std::vector<double>{3, HUGE_VAL, 1}).falling_probability == 0.5);
}

TEST_CASE("slope test: errs as often as it says") {
  int sure = 0;
  constexpr int trials = 2000;
  for (int k = 0; k < trials; ++k)
    sure += slope_test(noisy_line(0, 20, static_cast<std::uint64_t>(k))).falling_probability > 0.95 ? 1 : 0;
  CHECK(sure > 0.035 * trials);
  CHECK(sure < 0.065 * trials);
}

TEST_CASE("slope test: the size of the values does not matter") {
  const std::vector<double> values{1.7e308, 1.2e308, 1.3e308, -1.1e308, -1.7e308};
  const std::vector<double> small{1.7, 1.2, 1.3, -1.1, -1.7};
  const std::vector<double> tiny{1.7e-300, 1.2e-300, 1.3e-300, -1.1e-300, -1.7e-300};
  CHECK(slope_test(values).falling_probability == Approx(slope_test(small).falling_probability));
  CHECK(slope_test(values).slope == Approx(1e308 * slope_test(small).slope));
  CHECK(slope_test(values).error == Approx(1e308 * slope_test(small).error));
  CHECK(slope_test(tiny).falling_probability == Approx(slope_test(small).falling_probability));
  CHECK(slope_test(std::vector<double>(5, std::numeric_limits<double>::max())).falling_probability == 0.5);
}
