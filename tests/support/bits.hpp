// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>

namespace test {

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;

/// Whether two numbers are bitwise equal: 0 is not -0; all NaN count as equal.
template <class S>
bool same_bits(S a, S b) {
  if (a != a || b != b) return a != a && b != b;
  return std::memcmp(&a, &b, sizeof a) == 0;
}

/// The first position at which two blocks of the same shape differ in a bit, as text; empty if there is none.
/// Expressions are allowed.
template <class A, class B>
std::string difference(const A& a, const B& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return "another shape";
  for (Eigen::Index j = 0; j < a.cols(); ++j) {
    for (Eigen::Index i = 0; i < a.rows(); ++i) {
      if (same_bits(a.coeff(i, j), b.coeff(i, j))) continue;
      char text[200];
      std::snprintf(text, sizeof text, "element (%d, %d) of %d x %d is %.17g, not %.17g", static_cast<int>(i),
                    static_cast<int>(j), static_cast<int>(a.rows()), static_cast<int>(a.cols()),
                    static_cast<double>(a.coeff(i, j)), static_cast<double>(b.coeff(i, j)));
      return text;
    }
  }
  return "";
}

/// Numbers for tests: the same on every machine, of sizes between 1e-3 and 10, of both signs, and some of
/// them 0, -0, denormal or tiny.
template <class S>
class Numbers {
 public:
  explicit Numbers(unsigned seed) : engine_(seed) {}

  S next() {
    const unsigned kind = static_cast<unsigned>(engine_()) % 32;
    if (kind == 0) return S(0);
    if (kind == 1) return -S(0);
    if (kind == 2) return 8 * std::numeric_limits<S>::denorm_min();
    if (kind == 3) return -std::numeric_limits<S>::min();
    return plain();
  }
  /// None of the special ones.
  S plain() {
    const double fraction = static_cast<double>(engine_()) / 4294967296.0;
    const double size = std::exp2(static_cast<double>(engine_() % 13) - 10.0) * (1 + fraction);
    return static_cast<S>(engine_() % 2 == 0 ? size : -size);
  }
  Matrix<S> matrix(Eigen::Index rows, Eigen::Index columns) {
    return Matrix<S>::NullaryExpr(rows, columns, [&](Eigen::Index) { return next(); });
  }
  Matrix<S> plain_matrix(Eigen::Index rows, Eigen::Index columns) {
    return Matrix<S>::NullaryExpr(rows, columns, [&](Eigen::Index) { return plain(); });
  }

 private:
  std::mt19937 engine_;
};

}  // namespace test
