// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/block_record.hpp>
#include <descent/core/simd/bfloat16.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/requirements.hpp>
#include <descent/core/tree/walk.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// Turns blocks into runs of contiguous memory. A contiguous block whose gradient has the same order is one
// run. Any other block is copied through small tiles on the stack, in the storage order of the parameters, so
// that an element's lane does not depend on the layout.

namespace descent::detail::inline DESCENT_BUILD {

template <class X>
inline constexpr bool in_memory = DirectlyReadable<X>;

/// Whether an object owns its elements.
template <class X>
inline constexpr bool owns_its_memory = std::is_same_v<X, typename X::PlainObject>;

template <class X>
constexpr bool is_contiguous_by_type() {
  if constexpr (owns_its_memory<X>) {
    return true;
  } else if constexpr (in_memory<X>) {
    return X::InnerStrideAtCompileTime == 1 &&
           (X::IsVectorAtCompileTime || (X::InnerSizeAtCompileTime != Eigen::Dynamic &&
                                         X::OuterStrideAtCompileTime == X::InnerSizeAtCompileTime));
  } else {
    return false;
  }
}
/// Whether the type alone guarantees that the elements are contiguous.
template <class X>
inline constexpr bool contiguous_by_type = is_contiguous_by_type<X>();

/// Elements copied at a time if memory is not contiguous.
template <class S>
inline constexpr std::size_t tile_size = std::is_trivially_copyable_v<S> ? 512 : 1;

/// Elements in memory, with strides in the storage order of the parameters.
template <class S>
struct StridedView {
  S* data;
  Eigen::Index inner_stride, outer_stride;
};

/// Calls f(element, k) for elements first, ..., first + count - 1 of a view, counted in storage order.
template <class S, class F>
DESCENT_INLINE void for_each_element(const StridedView<S>& view, std::size_t inner_size, std::size_t first,
                                     std::size_t count, F&& f) {
  if (count == 0) return;
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

/// An action on a run of contiguous memory, type-erased: the loops over tiles are the same for all rules and
/// are compiled once.
template <class S>
struct TileAction {
  const void* context;
  void (*call)(const void* context, const S* gradient, S* parameters, std::size_t first, std::size_t count);
  bool writes;
};

/// Elements first, ..., first + count - 1 of the gradient of a block.
template <class S>
DESCENT_INLINE void read_gradient(const BlockRecord& record, const BlockLayout& layout, std::size_t first,
                                  std::size_t count, S* tile) {
  if (layout.read != nullptr) {
    layout.read(record.gradient, record.row_major, first, count, tile);
  } else {
    gather<S>({static_cast<const S*>(record.gradient), layout.gradient_inner, layout.gradient_outer},
              record.inner_size(), first, count, tile);
  }
}

/// Applies the action to a range of a block, tile by tile; copies back what it writes to the parameters.
template <class S>
DESCENT_OUTLINED void for_each_tile(const BlockRecord& record, const BlockLayout& layout, ElementRange range,
                                    const TileAction<S>& action) {
  S gradient_tile[tile_size<S>], parameter_tile[tile_size<S>];
  auto* const parameters = static_cast<S*>(record.parameters);
  for (std::size_t first = range.first; first < range.last; first += tile_size<S>) {
    const std::size_t count = std::min(tile_size<S>, range.last - first);
    read_gradient(record, layout, first, count, gradient_tile);
    gather<S>({parameters, layout.inner, layout.outer}, record.inner_size(), first, count, parameter_tile);
    action.call(action.context, gradient_tile, parameter_tile, first, count);
    if (action.writes)
      scatter<S>({parameters, layout.inner, layout.outer}, record.inner_size(), first, count, parameter_tile);
  }
}

// Parameters in half precision: rules compute in float, on master values that the optimizer keeps with its
// state. If a parameter differs from its rounded master, the user has changed it; the master is reset from
// the parameter.

/// The master of a parameter, or the parameter if the user has changed it.
template <class Narrow>
DESCENT_INLINE float master_or_new(float master, const Narrow& element) {
  return Eigen::numext::bit_cast<std::uint16_t>(static_cast<Narrow>(master)) ==
                 Eigen::numext::bit_cast<std::uint16_t>(element)
             ? master
             : static_cast<float>(element);
}

/// The same for neighbouring parameters.
template <class Narrow>
DESCENT_OUTLINED void widen_run(const Narrow* elements, const float* masters, std::size_t count,
                                float* tile) {
  std::size_t k = 0;
  if constexpr (std::is_same_v<Narrow, Eigen::bfloat16>) {
    constexpr auto lanes = static_cast<std::size_t>(simd::Pack<float>::size);
    for (; k + lanes <= count; k += lanes)
      simd::master_or_new(simd::Pack<float>::load(masters + k), elements + k).store(tile + k);
  }
  for (; k < count; ++k) tile[k] = master_or_new(masters[k], elements[k]);
}

/// Converts neighbouring numbers to floats.
template <class Narrow>
DESCENT_OUTLINED void widen_numbers(const Narrow* numbers, std::size_t count, float* tile) {
  std::size_t k = 0;
  if constexpr (std::is_same_v<Narrow, Eigen::bfloat16>) {
    constexpr auto lanes = static_cast<std::size_t>(simd::Pack<float>::size);
    for (; k + lanes <= count; k += lanes) simd::load_bfloat16(numbers + k).store(tile + k);
  }
  for (; k < count; ++k) tile[k] = static_cast<float>(numbers[k]);
}

/// Stores new values as masters, and rounds them to nearest for the parameters.
template <class Narrow>
DESCENT_OUTLINED void narrow_run(const float* tile, std::size_t count, Narrow* elements, float* masters) {
  std::copy_n(tile, count, masters);
  std::size_t k = 0;
  if constexpr (std::is_same_v<Narrow, Eigen::bfloat16>) {
    constexpr auto lanes = static_cast<std::size_t>(simd::Pack<float>::size);
    for (; k + lanes <= count; k += lanes)
      simd::store_nearest_bfloat16(simd::Pack<float>::load(tile + k), elements + k);
  }
  for (; k < count; ++k) elements[k] = static_cast<Narrow>(tile[k]);
}

/// Elements first, ..., first + count - 1 of a gradient in half precision, in the parameters' storage order,
/// as floats.
template <bool row_major, class Gradient>
void widen_gradient(const Gradient& gradient, std::size_t first, std::size_t count, float* tile) {
  using G = typename Gradient::Scalar;
  constexpr bool same = static_cast<bool>(Gradient::IsRowMajor) == row_major;
  const auto inner_size = static_cast<std::size_t>(row_major ? gradient.cols() : gradient.rows());
  const auto inner = same ? gradient.innerStride() : gradient.outerStride();
  const auto outer = same ? gradient.outerStride() : gradient.innerStride();
  const auto size = static_cast<std::size_t>(gradient.size());
  if (inner == 1 && (size == inner_size || static_cast<std::size_t>(outer) == inner_size))
    return widen_numbers<G>(gradient.data() + first, count, tile);
  if (inner_size == 1 && outer == 1) return widen_numbers<G>(gradient.data() + first, count, tile);
  for_each_element(StridedView<const G>{gradient.data(), inner, outer}, inner_size, first, count,
                   [&](const G& element, std::size_t k) { tile[k] = static_cast<float>(element); });
}

/// Like widen_run, for elements of strided parameters.
template <class Narrow>
void widen_parameters(const BlockRecord& record, const BlockLayout& layout, const float* masters,
                      std::size_t first, std::size_t count, float* tile) {
  const StridedView<const Narrow> view{static_cast<const Narrow*>(record.parameters), layout.inner,
                                       layout.outer};
  for_each_element(view, record.inner_size(), first, count, [&](const Narrow& element, std::size_t k) {
    tile[k] = master_or_new(masters[first + k], element);
  });
}

/// Like for_each_tile, for parameters in half precision: the action receives tiles of floats. An action that
/// does not write leaves parameters and masters unchanged.
template <class Narrow>
DESCENT_OUTLINED void for_each_narrow_tile(const BlockRecord& record, const BlockLayout& layout,
                                           float* masters, ElementRange range,
                                           const TileAction<float>& action) {
  auto* const parameters = static_cast<Narrow*>(record.parameters);
  const bool contiguous =
      layout.inner == 1 &&
      (record.outer_size() <= 1 || static_cast<std::size_t>(layout.outer) == record.inner_size());
  float gradient_tile[tile_size<float>], tile[tile_size<float>];
  for (std::size_t first = range.first; first < range.last; first += tile_size<float>) {
    const std::size_t count = std::min(tile_size<float>, range.last - first);
    float* const kept = masters + first;
    read_gradient(record, layout, first, count, gradient_tile);
    if (contiguous) {
      widen_run<Narrow>(parameters + first, kept, count, tile);
    } else {
      widen_parameters<Narrow>(record, layout, masters, first, count, tile);
    }
    action.call(action.context, gradient_tile, tile, first, count);
    if (!action.writes) continue;
    if (contiguous) {
      narrow_run<Narrow>(tile, count, parameters + first, kept);
    } else {
      const StridedView<Narrow> view{parameters, layout.inner, layout.outer};
      for_each_element(view, record.inner_size(), first, count, [&](Narrow& element, std::size_t k) {
        element = static_cast<Narrow>(kept[k] = tile[k]);
      });
    }
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
