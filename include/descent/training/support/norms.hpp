// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/tree/walk.hpp>

#include <cmath>
#include <type_traits>

// Norms of whole trees. Sums in double, in the storage order of each block, over four interleaved partial
// sums, so that neither alignment nor the compiler's vectorization changes the result.

namespace descent::detail {

/// Calls f(row, column) for all elements, in storage order.
template <class B, class F>
void for_each_place(const B& block, F&& f) {
  const Eigen::Index outer_size = B::IsRowMajor ? block.rows() : block.cols();
  const Eigen::Index inner_size = B::IsRowMajor ? block.cols() : block.rows();
  for (Eigen::Index outer = 0; outer < outer_size; ++outer)
    for (Eigen::Index inner = 0; inner < inner_size; ++inner) {
      if constexpr (B::IsRowMajor) {
        f(outer, inner);
      } else {
        f(inner, outer);
      }
    }
}

/// A running sum of squares.
class SquareSum {
 public:
  void add(double value) { parts_[next_++ % 4] += value * value; }
  double total() const { return (parts_[0] + parts_[1]) + (parts_[2] + parts_[3]); }

 private:
  double parts_[4] = {};
  unsigned next_ = 0;
};

template <class Tree>
bool all_finite(const Tree& tree) {
  bool finite = true;
  auto test = [&](const auto& block) {
    using S = typename std::remove_cvref_t<decltype(block)>::Scalar;
    using Tested = std::conditional_t<std::is_same_v<S, float>, float, double>;
    for_each_place(block, [&](auto row, auto column) {
      finite &= is_finite(static_cast<Tested>(block.coeff(row, column)));
    });
  };
  walk(test, tree);
  return finite;
}

/// The sum of the squares of all elements, each multiplied by `scale` first.
template <class Tree>
double squared_norm(const Tree& tree, double scale = 1) {
  SquareSum sum;
  auto add = [&](const auto& block) {
    for_each_place(block, [&](auto row, auto column) {
      sum.add(scale * static_cast<double>(block.coeff(row, column)));
    });
  };
  walk(add, tree);
  return sum.total();
}

/// The Euclidean norm over all blocks. Finite if all elements are, up to the largest double.
template <class Tree>
double norm(const Tree& tree) {
  const double squares = squared_norm(tree);
  if (is_finite(squares)) return std::sqrt(squares);
  constexpr double small = 0x1p-600;
  return std::sqrt(squared_norm(tree, small)) / small;
}

/// The Euclidean norm of the difference of two trees of the same shapes.
template <class A, class B>
double distance(const A& a, const B& b) {
  SquareSum sum;
  auto add = [&](const auto& block, const auto& other) {
    for_each_place(block, [&](auto row, auto column) {
      sum.add(static_cast<double>(block.coeff(row, column)) - static_cast<double>(other.coeff(row, column)));
    });
  };
  walk(add, a, b);
  return std::sqrt(sum.total());
}

}  // namespace descent::detail
