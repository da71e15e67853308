// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/simd/build.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>

namespace descent::detail::inline DESCENT_BUILD {

/// Whether every entry of a matrix is finite; valid under -ffast-math, unlike Eigen's allFinite().
template <class Matrix>
bool has_finite_entries(const Matrix& matrix) {
  bool finite = true;
  for (Eigen::Index j = 0; j < matrix.cols(); ++j)
    for (Eigen::Index i = 0; i < matrix.rows(); ++i)
      finite &= is_finite(static_cast<double>(matrix.coeff(i, j)));
  return finite;
}

/// A power of two. Multiplied by it, entries up to `largest` have squares whose sums neither overflow nor
/// vanish. It is 1 for ordinary sizes, which keeps their bits.
template <class S>
S scale_for_squares(S largest) {
  constexpr int most = std::numeric_limits<S>::max_exponent - 8, ordinary = 3 * most / 8;
  if (!(largest > 0) || !is_finite(static_cast<double>(largest))) return S(1);
  int exponent = 0;
  static_cast<void>(std::frexp(largest, &exponent));
  if (-ordinary <= exponent && exponent <= ordinary) return S(1);
  return std::ldexp(S(1), std::clamp(-exponent, -most, most));
}

}  // namespace descent::detail::inline DESCENT_BUILD
