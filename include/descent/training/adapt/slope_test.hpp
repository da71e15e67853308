// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace descent {
namespace detail {

/// The continued fraction of the incomplete beta function (Lentz's method; it converges for x < (a+1)/(a+b+2)).
inline double beta_fraction(double x, double a, double b) {
  constexpr double tiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < tiny ? tiny : d);
  double fraction = d;
  for (int m = 1; m <= 300; ++m) {
    for (const bool even : {true, false}) {
      const double k = m;
      const double term = even ? k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))
                               : -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
      d = 1 + term * d;
      d = 1 / (std::abs(d) < tiny ? tiny : d);
      c = 1 + term / c;
      if (std::abs(c) < tiny) c = tiny;
      fraction *= c * d;
    }
    if (std::abs(c * d - 1) < 1e-15) break;
  }
  return fraction;
}

/// The regularised incomplete beta function I_x(a, b).
inline double incomplete_beta(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
  return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/// The cumulative distribution of Student's t: the probability of a value below t.
inline double student_probability(double t, double freedom) {
  if (!(std::abs(t) < std::numeric_limits<double>::max())) return t > 0 ? 1 : 0;
  const double tail = 0.5 * incomplete_beta(freedom / (freedom + t * t), 0.5 * freedom, 0.5);
  return t > 0 ? 1 - tail : tail;
}

}  // namespace detail

/// A line fitted to equally spaced values, and the certainty of its slope.
struct SlopeTest {
  /// By least squares, for each step of the index.
  double slope = 0;
  /// The standard error of the slope.
  double error = std::numeric_limits<double>::infinity();
  /// The probability that the true slope is negative, if the values are a line with independent, normal
  /// noise: the one-sided t-test. 0.5 if the values do not determine it.
  double falling_probability = 0.5;
};

namespace detail {
/// The test of values / 2^exponent, where the largest is about 1, so that squares neither overflow nor
/// vanish.
inline SlopeTest scaled_slope_test(std::span<const double> values, int exponent) {
  const auto count = static_cast<double>(values.size());
  const double middle = (count - 1) / 2;
  const auto value = [&](std::size_t k) { return std::scalbn(values[k], -exponent); };
  const auto place = [&](std::size_t k) { return static_cast<double>(k) - middle; };
  double mean = 0, xx = 0, xy = 0, squares = 0;
  for (std::size_t k = 0; k < values.size(); ++k) mean += value(k) / count;
  for (std::size_t k = 0; k < values.size(); ++k) {
    xx += place(k) * place(k);
    xy += place(k) * (value(k) - mean);
  }
  SlopeTest test{.slope = xy / xx};
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double residual = value(k) - mean - test.slope * place(k);
    squares += residual * residual;
  }
  test.error = std::sqrt(squares / (count - 2) / xx);
  if (test.error > 0)
    test.falling_probability = student_probability(-test.slope / test.error, count - 2);
  else if (test.slope != 0)
    test.falling_probability = test.slope < 0 ? 1 : 0;
  return test;
}
}  // namespace detail

/// Tests whether a metric falls: fits a line to the values by least squares.
///
///   if (slope_test(losses).falling_probability < 0.95) ...   // not sure to fall
///
/// Values of any finite size and sign. With fewer than 3 values, or one that is not finite, returns the default result.
/// Source: the test of dlib's trainer (King 2017), with Student's distribution instead of the normal one.
inline SlopeTest slope_test(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) {
    if (!is_finite(value)) return {};
    largest = std::max(largest, std::abs(value));
  }
  if (values.size() < 3) return {};
  const int exponent = std::ilogb(largest > 0 ? largest : 1.0);
  SlopeTest test = detail::scaled_slope_test(values, exponent);
  test.slope = std::scalbn(test.slope, exponent);
  test.error = std::scalbn(test.error, exponent);
  return test;
}

}  // namespace descent
