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

/// Whether the type alone tells that the elements lie one after the other.
template <class X>
inline constexpr bool owns_its_memory = std::is_same_v<X, typename X::PlainObject>;

template <class X>
DESCENT_INLINE bool is_contiguous(const X& x) {
  if constexpr (owns_its_memory<X>) {
    return true;
  } else {
    return x.innerStride() == 1 &&
           (X::IsVectorAtCompileTime || x.outerSize() <= 1 || x.outerStride() == x.innerSize());
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

/// A block in memory, with its strides in the storage order of the parameters.
template <class S>
struct StridedView {
  S* data;
  Eigen::Index inner_stride, outer_stride;
};

template <bool row_major, class X>
auto strided_view(X& x) {
  using S = std::remove_pointer_t<decltype(x.data())>;
  const bool same = static_cast<bool>(X::IsRowMajor) == row_major;
  return StridedView<S>{x.data(), same ? x.innerStride() : x.outerStride(),
                        same ? x.outerStride() : x.innerStride()};
}

/// f(element, k) for elements first, ..., first + count - 1 of a view, counted in storage order.
template <class S, class F>
DESCENT_INLINE void for_each_element(const StridedView<S>& view, std::size_t inner_size, std::size_t first,
                                     std::size_t count, F&& f) {
  std::size_t inner = first % inner_size;
  S* column = view.data + static_cast<Eigen::Index>(first / inner_size) * view.outer_stride;
  for (std::size_t k = 0; k < count; ++k) {
    f(column[static_cast<Eigen::Index>(inner) * view.inner_stride], k);
    if (++inner == inner_size) {
      inner = 0;
      column += view.outer_stride;
    }
  }
}

template <class S>
DESCENT_OUTLINED void gather(StridedView<const S> from, std::size_t inner_size, std::size_t first,
                             std::size_t count, S* tile) {
  for_each_element(from, inner_size, first, count,
                   [&](const S& element, std::size_t k) { tile[k] = element; });
}

template <class S>
DESCENT_OUTLINED void scatter(StridedView<S> to, std::size_t inner_size, std::size_t first, std::size_t count,
                              const S* tile) {
  for_each_element(to, inner_size, first, count, [&](S& element, std::size_t k) { element = tile[k]; });
}

/// Copies elements of a gradient into a tile, evaluating it where it is an expression.
template <bool row_major, class X, class S>
void gather_gradient(const X& from, std::size_t first, std::size_t count, S* tile) {
  const auto inner_size = static_cast<std::size_t>(row_major ? from.cols() : from.rows());
  if constexpr (in_memory<X>) {
    const auto view = strided_view<row_major>(from);
    gather<S>({view.data, view.inner_stride, view.outer_stride}, inner_size, first, count, tile);
  } else {
    for (std::size_t k = 0; k < count; ++k) {
      const auto outer = static_cast<Eigen::Index>((first + k) / inner_size);
      const auto inner = static_cast<Eigen::Index>((first + k) % inner_size);
      tile[k] = row_major ? from.coeff(outer, inner) : from.coeff(inner, outer);
    }
  }
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
  const auto inner_size = static_cast<std::size_t>(parameters.innerSize());
  const auto view = strided_view<row_major>(parameters);
  S gradient_tile[tile_size<S>], parameter_tile[tile_size<S>];
  for (std::size_t first = 0; first < size; first += tile_size<S>) {
    const std::size_t count = std::min(tile_size<S>, size - first);
    gather_gradient<row_major>(gradient, first, count, gradient_tile);
    gather<S>({view.data, view.inner_stride, view.outer_stride}, inner_size, first, count, parameter_tile);
    run(static_cast<const S*>(gradient_tile), static_cast<S*>(parameter_tile), first, count);
    if constexpr (!is_read_only<Parameters>) scatter<S>(view, inner_size, first, count, parameter_tile);
  }
}

/// run(gradient, parameters, first, count) for runs of contiguous memory that make up the block.
/// Where the block is constant, run must not write; it gets S* so that both passes share their code.
template <class Parameters, class Gradient, class Run>
DESCENT_INLINE void for_each_run(Parameters& parameters, const Gradient& gradient, Run&& run) {
  using S = typename Parameters::Scalar;
  constexpr bool comparable = in_memory<Gradient> && same_order<Parameters, Gradient>;
  constexpr bool always =
      comparable && owns_its_memory<std::remove_const_t<Parameters>> && owns_its_memory<Gradient>;
  if constexpr (comparable) {
    if (always || (is_contiguous(parameters) && is_contiguous(gradient))) [[likely]]
      return run(static_cast<const S*>(gradient.data()), const_cast<S*>(parameters.data()), std::size_t{0},
                 element_count(parameters));
  }
  if constexpr (!always) for_each_tile(parameters, gradient, run);
}

}  // namespace descent::detail
