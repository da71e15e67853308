// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/random.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

// Numbers for testing rules, blocks anywhere in memory to hold them, and bitwise comparisons.

namespace descent::testing::conformance {

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template <class S>
using Matrices = std::vector<Matrix<S>>;
/// The parameters: matrices anywhere in memory.
template <class S>
using Blocks = std::vector<Eigen::Map<Matrix<S>>>;

using Shapes = std::vector<std::pair<Eigen::Index, Eigen::Index>>;

template <class S>
constexpr const char* scalar_name() {
  return sizeof(S) == sizeof(float) ? "float" : "double";
}

/// The same numbers on every platform: of sizes between 1e-3 and 10, of both signs; some 0, -0, denormal or
/// tiny.
template <class S>
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : generator_(seed) {}

  S plain() {
    const double fraction = static_cast<double>(generator_.below(1u << 20)) / (1u << 20);
    const double size = std::exp2(static_cast<double>(generator_.below(13)) - 10) * (1 + fraction);
    return static_cast<S>(generator_.below(2) == 0 ? size : -size);
  }
  S next() {
    switch (generator_.below(32)) {
      case 0:
        return S(0);
      case 1:
        return -S(0);
      case 2:
        return 8 * std::numeric_limits<S>::denorm_min();
      case 3:
        return -std::numeric_limits<S>::min();
      default:
        return plain();
    }
  }
  Matrix<S> matrix(Eigen::Index rows, Eigen::Index columns) {
    return Matrix<S>::NullaryExpr(rows, columns, [&](Eigen::Index) { return next(); });
  }
  Matrix<S> plain_matrix(Eigen::Index rows, Eigen::Index columns) {
    return Matrix<S>::NullaryExpr(rows, columns, [&](Eigen::Index) { return plain(); });
  }
  Matrices<S> matrices(const Shapes& shapes) {
    Matrices<S> all;
    for (const auto& shape : shapes) all.push_back(matrix(shape.first, shape.second));
    return all;
  }

 private:
  descent::detail::SplitMix64 generator_;
};

/// The initial parameters, and the gradient of each step.
template <class S>
struct Trajectory {
  Trajectory(const Shapes& shapes, std::size_t steps, std::uint64_t seed = 1)
      : start(Numbers<S>(seed).matrices(shapes)) {
    for (std::size_t k = 0; k < steps; ++k)
      gradients.push_back(Numbers<S>(seed + 1000 * (k + 1)).matrices(shapes));
  }
  Matrices<S> start;
  std::vector<Matrices<S>> gradients;
};

/// Consecutive blocks in one buffer, `offset` elements off a cache line.
template <class S>
class BlockData {
 public:
  explicit BlockData(const Matrices<S>& values, std::size_t offset = 0) {
    constexpr std::size_t line = 64;
    std::size_t size = 0;
    for (const auto& block : values) size += static_cast<std::size_t>(block.size());
    buffer_.resize(size + offset + line / sizeof(S));
    const auto address = reinterpret_cast<std::uintptr_t>(buffer_.data());
    S* next = buffer_.data() + (line - address % line) % line / sizeof(S) + offset;
    for (const auto& block : values) {
      blocks.emplace_back(next, block.rows(), block.cols());
      blocks.back() = block;
      next += block.size();
    }
  }
  BlockData(const BlockData&) = delete;
  BlockData& operator=(const BlockData&) = delete;

  Matrices<S> values() const { return {blocks.begin(), blocks.end()}; }

  Blocks<S> blocks;

 private:
  std::vector<S> buffer_;
};

/// Whether two numbers are bitwise equal; all NaN count as equal.
template <class S>
bool same_bits(S a, S b) {
  if (a != a || b != b) return a != a && b != b;
  return std::memcmp(&a, &b, sizeof a) == 0;
}

inline std::string element_text(Eigen::Index row, Eigen::Index column, double found, double expected) {
  return descent::detail::formatted("element (%d, %d) is %.17g, not %.17g", {row, column, found, expected});
}

/// The first element in which two blocks differ by more than the tolerance, relative to the largest element
/// of the block; 0 compares bits. Empty if there is none.
template <class S>
std::string difference(const Matrix<S>& found, const Matrix<S>& expected, double tolerance = 0) {
  if (found.rows() != expected.rows() || found.cols() != expected.cols()) return "has another shape";
  if (found.size() == 0) return "";
  const double largest = static_cast<double>(expected.cwiseAbs().maxCoeff());
  for (Eigen::Index j = 0; j < found.cols(); ++j) {
    for (Eigen::Index i = 0; i < found.rows(); ++i) {
      const S a = found(i, j), b = expected(i, j);
      if (same_bits(a, b)) continue;
      const double apart = std::abs(static_cast<double>(a) - static_cast<double>(b));
      if (tolerance > 0 && apart <= tolerance * largest) continue;  // 0 and -0 differ in a bit
      return element_text(i, j, static_cast<double>(a), static_cast<double>(b));
    }
  }
  return "";
}

template <class S>
std::string difference(const Matrices<S>& found, const Matrices<S>& expected, double tolerance = 0) {
  if (found.size() != expected.size()) return "another number of blocks";
  for (std::size_t k = 0; k < found.size(); ++k) {
    const std::string here = difference(found[k], expected[k], tolerance);
    if (!here.empty()) return "block " + std::to_string(k) + ", " + here;
  }
  return "";
}

/// The same for blocks of any kind and expressions, to the last bit.
template <class A, class B>
std::string difference(const Eigen::DenseBase<A>& found, const Eigen::DenseBase<B>& expected) {
  using Plain = Matrix<typename A::Scalar>;
  Plain plain_found, plain_expected;
  plain_found = found.derived();
  plain_expected = expected.derived();
  return difference(plain_found, plain_expected);
}

}  // namespace descent::testing::conformance
