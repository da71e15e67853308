// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/runs.hpp>
#include <descent/core/simd/bfloat16.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/scalar_types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// Parameters in half precision: rules compute in float, on master values that the optimizer keeps with its
// state. If a parameter differs from its rounded master, the user has changed it; the master is reset from
// the parameter.

namespace descent::detail::inline DESCENT_BUILD {

template <class Narrow>
DESCENT_INLINE float master_or_new(float master, const Narrow& element) {
  return Eigen::numext::bit_cast<std::uint16_t>(static_cast<Narrow>(master)) ==
                 Eigen::numext::bit_cast<std::uint16_t>(element)
             ? master
             : static_cast<float>(element);
}

/// Converts neighbouring parameters to floats: their masters, or the parameters if the user has changed them.
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
