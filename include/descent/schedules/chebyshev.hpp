// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>

#include <cmath>

namespace descent {

/// Chebyshev steps, which solve a quadratic in the fewest iterations, in a stable order.
///
///   value(k) = scale / (c - r * cos((order(k) + 1/2) * pi / n))
///   c = (largest + smallest) / 2      r = (largest - smallest) / 2
///
/// n is `steps` rounded up to a power of two. order is the fractal permutation of 0, ..., n - 1: 0 1 for two
/// elements, 0 3 1 2 for four; for 2n elements, each element i of the permutation of n is followed by 2n - 1
/// - i. So the rate is not monotone: small steps after a large one correct its effect.
///
/// At step 0 the largest value, nearly scale / smallest; at step n - 1 the last one of the order, which it holds.
/// Errors: std::invalid_argument for an option outside its range, when it becomes a Schedule.
/// Source: Agarwal, Goel & Zhang 2021, arXiv:2103.01338.
/// Differs from: pytorch_optimizer's get_chebyshev_schedule, which starts two steps later, shift(s, 2);
/// PyTorch, Optax, Keras and timm have none.
struct Chebyshev {
  double scale = detail::not_given;  ///< required: finite
  std::int64_t steps = 0;            ///< required: in [1, 1e18]
  double smallest = 0.05;            ///< smallest curvature, relative to 1 / scale, greater than 0
  double largest = 1;                ///< largest curvature, relative to 1 / scale, at least `smallest`

  double operator()(std::int64_t step) const {
    const int bits = bits_of_order();
    const std::int64_t count = std::int64_t{1} << bits;
    step = detail::not_negative(step);
    const std::int64_t place = order(step < count ? step : count - 1, bits);
    const double angle = (static_cast<double>(place) + 0.5) / static_cast<double>(count);
    return detail::saturated(scale / detail::blend(smallest, largest, detail::half_cosine(angle)));
  }

  std::int64_t duration() const { return std::int64_t{1} << bits_of_order(); }

  void check() const {
    const Check check("Chebyshev");
    check("scale", scale, legal::finite);
    check("steps", static_cast<double>(steps),
          {.low = 1, .high = 1e18, .low_is_open = false, .high_is_open = false});
    check("smallest", smallest, legal::positive);
    check("largest", largest, legal::at_least(smallest));
  }

  DESCENT_SCHEDULE(scale, steps, smallest, largest)

 private:
  /// The exponent of the smallest power of two that is at least `steps`.
  int bits_of_order() const {
    int bits = 0;
    while ((std::int64_t{1} << bits) < steps) ++bits;
    return bits;
  }

  /// Entry `index` of the permutation: each bit of the index, from the highest on, doubles the order; a 1
  /// mirrors the entry.
  static std::int64_t order(std::int64_t index, int bits) {
    std::int64_t place = 0;
    for (int doubled = 1; doubled <= bits; ++doubled)
      if ((index >> (bits - doubled)) % 2 == 1) place = (std::int64_t{1} << doubled) - 1 - place;
    return place;
  }
};

}  // namespace descent
