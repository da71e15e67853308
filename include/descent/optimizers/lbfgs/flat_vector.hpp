// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/tree/requirements.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <type_traits>

// A tree as one vector: block after block in the tree's order, each in column-major order whatever its layout
// in memory, so that results do not depend on the layout.

namespace descent::detail {

struct IsFloat {
  template <class B>
  static constexpr bool holds = std::is_same_v<typename std::remove_cvref_t<B>::Scalar, float>;
};
struct IsFloatOrDouble {
  template <class B>
  static constexpr bool holds =
      IsFloat::holds<B> || std::is_same_v<typename std::remove_cvref_t<B>::Scalar, double>;
};

/// float if every block is of floats, else double.
template <class Tree>
using FlatScalar = std::conditional_t<all_blocks<Tree, IsFloat>(), float, double>;
template <class S>
using FlatVector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

/// Calls f(block, offset) for every block.
template <class F, class Tree>
void walk_offsets(F&& f, Tree& tree) {
  Eigen::Index offset = 0;
  auto visit = [&](auto& block) {
    f(block, offset);
    offset += block.size();
  };
  walk(visit, tree);
}

/// The part of a vector that belongs to a block, in the block's shape.
template <class B, class S>
auto part_of(const FlatVector<S>& flat, const B& block, Eigen::Index offset) {
  using Shape = Eigen::Map<const Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>;
  return Shape(flat.data() + offset, block.rows(), block.cols());
}
template <class B, class S>
auto part_of(FlatVector<S>& flat, const B& block, Eigen::Index offset) {
  using Shape = Eigen::Map<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>;
  return Shape(flat.data() + offset, block.rows(), block.cols());
}

template <class Tree, class S>
void flatten(const Tree& tree, FlatVector<S>& flat) {
  walk_offsets([&](const auto& block,
                   Eigen::Index offset) { part_of(flat, block, offset) = block.matrix().template cast<S>(); },
               tree);
}

/// tree = origin + length * direction
template <class S, class Tree>
void place(Tree& tree, const FlatVector<S>& origin, double length, const FlatVector<S>& direction) {
  walk_offsets(
      [&](auto& block, Eigen::Index offset) {
        using Scalar = typename std::remove_cvref_t<decltype(block)>::Scalar;
        block.matrix() =
            (part_of(origin, block, offset) + static_cast<S>(length) * part_of(direction, block, offset))
                .template cast<Scalar>();
      },
      tree);
}

template <class S, class Tree>
void unflatten(const FlatVector<S>& flat, Tree& tree) {
  walk_offsets(
      [&](auto& block, Eigen::Index offset) {
        using Scalar = typename std::remove_cvref_t<decltype(block)>::Scalar;
        block.matrix() = part_of(flat, block, offset).template cast<Scalar>();
      },
      tree);
}

/// Sums in double in eight interleaved partial sums, so that the compiler's choice of vectors does not change
/// the result; not inlined, so that every caller gets the same rounding.
template <class A, class B>
DESCENT_OUTLINED double dot(const A& a, const B& b) {
  constexpr Eigen::Index parts = 8;
  double sums[parts] = {};
  const auto *x = a.data(), *y = b.data();
  const Eigen::Index size = a.size(), even = size - size % parts;
  for (Eigen::Index i = 0; i < even; i += parts)
    for (Eigen::Index k = 0; k < parts; ++k)
      sums[k] += static_cast<double>(x[i + k]) * static_cast<double>(y[i + k]);
  for (Eigen::Index i = even; i < size; ++i)
    sums[i - even] += static_cast<double>(x[i]) * static_cast<double>(y[i]);
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/// The largest absolute entry; 0 of an empty vector.
template <class S>
double largest_entry(const FlatVector<S>& flat) {
  return flat.size() == 0 ? 0 : static_cast<double>(flat.cwiseAbs().maxCoeff());
}

template <class S>
bool all_entries_finite(const FlatVector<S>& flat) {
  bool finite = true;
  for (Eigen::Index i = 0; i < flat.size(); ++i) finite &= is_finite(flat[i]);
  return finite;
}

/// The largest |entry| / |entry of the other vector|; infinite if only the latter is 0.
template <class S>
double largest_ratio(const FlatVector<S>& flat, const FlatVector<S>& base) {
  double largest = 0;
  for (Eigen::Index k = 0; k < flat.size(); ++k) {
    const double entry = std::abs(static_cast<double>(flat[k]));
    if (entry > 0) largest = std::max(largest, entry / std::abs(static_cast<double>(base[k])));
  }
  return largest;
}

/// The sum of the absolute entries, in double.
template <class S>
double absolute_sum(const FlatVector<S>& flat) {
  double sum = 0;
  for (Eigen::Index i = 0; i < flat.size(); ++i) sum += std::abs(static_cast<double>(flat[i]));
  return sum;
}

}  // namespace descent::detail
