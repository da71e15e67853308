// SPDX-License-Identifier: MIT
#pragma once

namespace descent::detail {

/// average + weight (square - average), for an average of squares. An average that has overflowed stays
/// infinite, so that the update divided by it is 0 (infinity - infinity would be NaN).
template <class V, class W>
V average_square(const W& weight, const V& square, const V& average) {
  return select(is_finite(average), fma(weight, square - average, average), average);
}

}  // namespace descent::detail
