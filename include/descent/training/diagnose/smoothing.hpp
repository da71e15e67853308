// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace descent::detail {

/// A smooth curve through equally spaced noisy values, and its slope for each step of the index.
struct SmoothCurve {
  std::vector<double> values, slopes;
};

/// Fits a line around every value, with Gaussian weights of `width` (a standard deviation in steps of the
/// index). Unlike a trailing average it does not lag behind.
inline SmoothCurve smooth_curve(const std::vector<double>& noisy, double width) {
  SmoothCurve result{std::vector<double>(noisy.size()), std::vector<double>(noisy.size())};
  for (std::size_t i = 0; i < noisy.size(); ++i) {
    double w0 = 0, w1 = 0, w2 = 0, y0 = 0, y1 = 0;
    for (std::size_t j = 0; j < noisy.size(); ++j) {
      const double distance = static_cast<double>(j) - static_cast<double>(i);
      const double weight = std::exp(-0.5 * distance * distance / (width * width));
      w0 += weight;
      w1 += weight * distance;
      w2 += weight * distance * distance;
      y0 += weight * noisy[j];
      y1 += weight * distance * noisy[j];
    }
    const double determinant = w0 * w2 - w1 * w1;
    const bool is_line = determinant > 1e-12 * w0 * w2;
    result.values[i] = is_line ? (w2 * y0 - w1 * y1) / determinant : y0 / w0;
    result.slopes[i] = is_line ? (w0 * y1 - w1 * y0) / determinant : 0;
  }
  return result;
}

}  // namespace descent::detail
