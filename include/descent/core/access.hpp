// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tree.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

// From blocks to runs of contiguous memory. A block that lies contiguously, with a gradient in the
// same order, is one run; anything else goes through small tiles on the stack, in the parameters'
// storage order, so that an element's place among the lanes does not depend on the layout.

namespace descent::detail {

template <class X>
inline constexpr bool in_memory = (X::Flags & Eigen::DirectAccessBit) != 0;

template <class X>
DESCENT_INLINE bool is_contiguous(const X& x) {
  if constexpr (std::is_same_v<X, typename X::PlainObject>) {
    return true;
  } else {
    return x.innerStride() == 1 && (X::IsVectorAtCompileTime || x.outerSize() <= 1 || x.outerStride() == x.innerSize());
  }
}

template <class A, class B>
inline constexpr bool same_order = static_cast<bool>(A::IsRowMajor) == static_cast<bool>(B::IsRowMajor);

/// The number of elements: a constant of the compiler where it can be.
template <class X>
DESCENT_INLINE auto element_count(const X& x) {
  if constexpr (X::SizeAtCompileTime != Eigen::Dynamic) {
    return std::integral_constant<std::size_t, static_cast<std::size_t>(X::SizeAtCompileTime)>{};
  } else {
    return static_cast<std::size_t>(x.size());
  }
}

/// Elements copied at a time where memory is not contiguous.
template <class S>
inline constexpr std::size_t tile_size = std::is_trivially_copyable_v<S> ? 512 : 1;

/// Calls f(outer, inner, length, position) for the pieces of columns (rows, where RowMajor) that
/// make up the elements first, first + 1, ..., in storage order.
template <class F>
DESCENT_INLINE void for_each_piece(std::size_t inner_size, std::size_t first, std::size_t count, F&& f) {
  std::size_t done = 0;
  while (done < count) {
    const std::size_t outer = (first + done) / inner_size, inner = (first + done) % inner_size;
    const std::size_t length = std::min(count - done, inner_size - inner);
    f(static_cast<Eigen::Index>(outer), static_cast<Eigen::Index>(inner), static_cast<Eigen::Index>(length), done);
    done += length;
  }
}

template <class X, class S, bool row_major>
using TilePiece = std::conditional_t<
    std::is_base_of_v<Eigen::ArrayBase<X>, X>,
    Eigen::Map<std::conditional_t<row_major, Eigen::Array<S, 1, Eigen::Dynamic>, Eigen::Array<S, Eigen::Dynamic, 1>>>,
    Eigen::Map<std::conditional_t<row_major, Eigen::Matrix<S, 1, Eigen::Dynamic>, Eigen::Matrix<S, Eigen::Dynamic, 1>>>>;

/// Copies elements first, ..., first + count - 1, counted in the order of the parameters, into a tile.
template <bool row_major, class X, class S>
void gather(const X& from, std::size_t first, std::size_t count, S* tile) {
  const auto inner_size = static_cast<std::size_t>(row_major ? from.cols() : from.rows());
  for_each_piece(inner_size, first, count, [&](auto outer, auto inner, auto length, std::size_t position) {
    TilePiece<X, S, row_major> piece(tile + position, length);
    if constexpr (row_major) {
      piece = from.row(outer).segment(inner, length);
    } else {
      piece = from.col(outer).segment(inner, length);
    }
  });
}

template <bool row_major, class X, class S>
void scatter(X& to, std::size_t first, std::size_t count, S* tile) {
  const auto inner_size = static_cast<std::size_t>(row_major ? to.cols() : to.rows());
  for_each_piece(inner_size, first, count, [&](auto outer, auto inner, auto length, std::size_t position) {
    const TilePiece<X, S, row_major> piece(tile + position, length);
    if constexpr (row_major) {
      to.row(outer).segment(inner, length) = piece;
    } else {
      to.col(outer).segment(inner, length) = piece;
    }
  });
}

/// Where parameters are only read.
template <class Block>
inline constexpr bool is_read_only = std::is_const_v<Block>;

/// run(gradient, parameters, first, count) tile by tile; what it writes to the parameters is copied back.
template <class Parameters, class Gradient, class Run>
void for_each_tile(Parameters& parameters, const Gradient& gradient, Run& run) {
  using S = typename Parameters::Scalar;
  constexpr bool row_major = Parameters::IsRowMajor;
  const auto size = static_cast<std::size_t>(parameters.size());
  S gradient_tile[tile_size<S>], parameter_tile[tile_size<S>];
  for (std::size_t first = 0; first < size; first += tile_size<S>) {
    const std::size_t count = std::min(tile_size<S>, size - first);
    gather<row_major>(gradient, first, count, gradient_tile);
    gather<row_major>(parameters, first, count, parameter_tile);
    run(static_cast<const S*>(gradient_tile), static_cast<S*>(parameter_tile), first, count);
    if constexpr (!is_read_only<Parameters>) scatter<row_major>(parameters, first, count, parameter_tile);
  }
}

/// run(gradient, parameters, first, count) for runs of contiguous memory that make up the block.
/// Where the block is constant, run must not write; it gets S* so that both passes share their code.
template <class Parameters, class Gradient, class Run>
DESCENT_INLINE void for_each_run(Parameters& parameters, const Gradient& gradient, Run&& run) {
  using S = typename Parameters::Scalar;
  if constexpr (in_memory<Gradient> && same_order<Parameters, Gradient>) {
    if (is_contiguous(parameters) && is_contiguous(gradient)) [[likely]]
      return run(static_cast<const S*>(gradient.data()), const_cast<S*>(parameters.data()), std::size_t{0},
                 element_count(parameters));
  }
  for_each_tile(parameters, gradient, run);
}

}  // namespace descent::detail
