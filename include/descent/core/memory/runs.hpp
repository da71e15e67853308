// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/chunks.hpp>
#include <descent/core/tree/walk.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

// From blocks to runs of contiguous memory. A block that lies contiguously, with a gradient in the
// same order, is one run; anything else goes through small tiles on the stack, in the parameters'
// storage order, so that an element's place among the lanes does not depend on the layout.

namespace descent::detail {

template <class X>
inline constexpr bool in_memory = DirectlyReadable<X>;

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

/// Evaluates elements of an expression into a tile.
template <bool row_major, class X, class S>
void gather_expression(const X& from, std::size_t first, std::size_t count, S* tile) {
  const auto inner_size = static_cast<std::size_t>(row_major ? from.cols() : from.rows());
  for (std::size_t k = 0; k < count; ++k) {
    const auto outer = static_cast<Eigen::Index>((first + k) / inner_size);
    const auto inner = static_cast<Eigen::Index>((first + k) % inner_size);
    tile[k] = static_cast<S>(row_major ? from.coeff(outer, inner) : from.coeff(inner, outer));
  }
}

/// What is done with a run of contiguous memory, with its type erased: the loops over tiles are the same
/// for all rules, and are compiled once.
template <class S>
struct TileAction {
  void* context;
  void (*call)(void* context, const S* gradient, S* parameters, std::size_t first, std::size_t count);
  bool writes;
};

/// action(gradient, parameters, first, count) tile by tile; what it writes to the parameters is copied back.
template <bool row_major, class S, class Gradient>
DESCENT_OUTLINED void for_each_tile(const StridedView<S>& parameters, std::size_t inner_size,
                                    ElementRange range, const Gradient& gradient,
                                    const TileAction<S>& action) {
  S gradient_tile[tile_size<S>], parameter_tile[tile_size<S>];
  for (std::size_t first = range.first; first < range.last; first += tile_size<S>) {
    const std::size_t count = std::min(tile_size<S>, range.last - first);
    if constexpr (std::is_same_v<Gradient, StridedView<const S>>) {
      gather<S>(gradient, inner_size, first, count, gradient_tile);
    } else {
      gather_expression<row_major>(gradient, first, count, gradient_tile);
    }
    gather<S>({parameters.data, parameters.inner_stride, parameters.outer_stride}, inner_size, first, count,
              parameter_tile);
    action.call(action.context, gradient_tile, parameter_tile, first, count);
    if (action.writes) scatter<S>(parameters, inner_size, first, count, parameter_tile);
  }
}

/// Strides and sizes of the blocks, for the loop above.
template <class Parameters, class Gradient, class Run>
void run_tiles(Parameters& parameters, const Gradient& gradient, ElementRange range, Run& run) {
  using S = typename Parameters::Scalar;
  constexpr bool row_major = Parameters::IsRowMajor;
  const auto view = strided_view<row_major>(parameters);
  const StridedView<S> elements{const_cast<S*>(view.data), view.inner_stride, view.outer_stride};
  const auto inner_size = static_cast<std::size_t>(parameters.innerSize());
  const TileAction<S> action{&run,
                             [](void* context, const S* u, S* p, std::size_t first, std::size_t count) {
                               (*static_cast<Run*>(context))(u, p, first, count);
                             },
                             !std::is_const_v<Parameters>};
  if constexpr (in_memory<Gradient>) {
    const auto strided = strided_view<row_major>(gradient);
    for_each_tile<row_major>(elements, inner_size, range,
                             StridedView<const S>{strided.data, strided.inner_stride, strided.outer_stride},
                             action);
  } else {
    for_each_tile<row_major>(elements, inner_size, range, gradient, action);
  }
}

/// run(gradient, parameters, first, count) for runs of contiguous memory that make up a range of the block.
/// Where the block is constant, run must not write; it gets S* so that both passes share their code.
template <class Range, class Parameters, class Gradient, class Run>
DESCENT_INLINE void for_each_run(Range range, Parameters& parameters, const Gradient& gradient, Run&& run) {
  using S = typename Parameters::Scalar;
  constexpr bool whole = std::is_same_v<Range, WholeBlock>;
  constexpr bool comparable = in_memory<Gradient> && same_order<Parameters, Gradient>;
  constexpr bool always =
      comparable && owns_its_memory<std::remove_const_t<Parameters>> && owns_its_memory<Gradient>;
  if constexpr (comparable) {
    if (always || (is_contiguous(parameters) && is_contiguous(gradient))) [[likely]] {
      const S* g = gradient.data();
      S* p = const_cast<S*>(parameters.data());
      if constexpr (whole) {
        return run(g, p, std::size_t{0}, element_count(parameters));
      } else {
        return run(g + range.first, p + range.first, range.first, range.last - range.first);
      }
    }
  }
  if constexpr (!always && whole) {
    run_tiles(parameters, gradient, {0, static_cast<std::size_t>(parameters.size())}, run);
  } else if constexpr (!always) {
    run_tiles(parameters, gradient, range, run);
  }
}

}  // namespace descent::detail
