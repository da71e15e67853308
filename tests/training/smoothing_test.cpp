// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/diagnose/smoothing.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

using descent::detail::smooth_curve;
using descent::detail::SmoothCurve;

TEST_CASE("smoothing: a straight line stays, with its slope, up to its ends") {
  std::vector<double> line;
  for (int k = 0; k < 30; ++k) line.push_back(5 - 0.25 * k);
  const SmoothCurve smooth = smooth_curve(line, 3);
  for (std::size_t k = 0; k < line.size(); ++k) {
    CHECK(smooth.values[k] == Approx(line[k]).margin(1e-12));
    CHECK(smooth.slopes[k] == Approx(-0.25));
  }
}

TEST_CASE("smoothing: a wide window takes noise away, a narrow one follows the values") {
  std::vector<double> zigzag;
  for (int k = 0; k < 80; ++k) zigzag.push_back(k % 2 == 0 ? 1 : -1);
  const SmoothCurve wide = smooth_curve(zigzag, 4), narrow = smooth_curve(zigzag, 0.1);
  for (std::size_t k = 30; k < 50; ++k) {  // away from the ends
    CHECK(std::abs(wide.values[k]) < 1e-6);
    CHECK(std::abs(wide.slopes[k]) < 1e-6);
  }
  for (std::size_t k = 0; k < 80; ++k) CHECK(narrow.values[k] == Approx(zigzag[k]));
}

TEST_CASE("smoothing: a step is seen where it is, not after it") {
  std::vector<double> step(41, 0.0);
  for (std::size_t k = 21; k < step.size(); ++k) step[k] = 1;
  step[20] = 0.5;
  const SmoothCurve smooth = smooth_curve(step, 3);
  CHECK(smooth.values[20] == Approx(0.5));
  for (std::size_t k = 0; k < step.size(); ++k) CHECK(smooth.slopes[k] <= smooth.slopes[20] + 1e-12);
}

TEST_CASE("smoothing: one value, and none") {
  const SmoothCurve one = smooth_curve({3}, 2);
  CHECK(one.values[0] == 3);
  CHECK(one.slopes[0] == 0);
  CHECK(smooth_curve({}, 2).values.empty());
}
