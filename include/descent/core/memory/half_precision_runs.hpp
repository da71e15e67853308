// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/runs.hpp>
#include <descent/core/tree/scalar_types.hpp>
#include <descent/core/simd/bfloat16.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>

// Parameters of half precision: rules compute in float, on master values that the optimizer keeps beside
// its state. A parameter that no longer is its master rounded was changed from outside, and the master
// starts from it.

namespace descent::detail {

template <class Narrow>
DESCENT_INLINE float master_or_new(float master, const Narrow& element) {
  return Eigen::numext::bit_cast<std::uint16_t>(static_cast<Narrow>(master)) ==
                 Eigen::numext::bit_cast<std::uint16_t>(element)
             ? master
             : static_cast<float>(element);
}

/// Neighbouring parameters as they are to be computed with.
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

/// Neighbouring numbers as floats.
template <class Narrow>
DESCENT_OUTLINED void widen_numbers(const Narrow* numbers, std::size_t count, float* tile) {
  std::size_t k = 0;
  if constexpr (std::is_same_v<Narrow, Eigen::bfloat16>) {
    constexpr auto lanes = static_cast<std::size_t>(simd::Pack<float>::size);
    for (; k + lanes <= count; k += lanes) simd::load_bfloat16(numbers + k).store(tile + k);
  }
  for (; k < count; ++k) tile[k] = static_cast<float>(numbers[k]);
}

/// Keeps new values as masters, and rounded to the nearest as parameters.
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

/// Elements first, ..., first + count - 1 of the gradient, in the parameters' storage order, as floats.
template <bool row_major, class Gradient>
void widen_gradient(const Gradient& gradient, std::size_t inner_size, std::size_t first, std::size_t count,
                    float* tile) {
  using G = typename Gradient::Scalar;
  if constexpr (!in_memory<Gradient>) {
    gather_expression<row_major>(gradient, first, count, tile);
  } else {
    if constexpr (static_cast<bool>(Gradient::IsRowMajor) == row_major || Gradient::IsVectorAtCompileTime) {
      if (is_contiguous(gradient)) return widen_numbers<G>(gradient.data() + first, count, tile);
    }
    const auto view = strided_view<row_major>(gradient);
    for_each_element(StridedView<const G>{view.data, view.inner_stride, view.outer_stride}, inner_size, first,
                     count, [&](const G& element, std::size_t k) { tile[k] = static_cast<float>(element); });
  }
}

/// for_each_run for parameters of half precision: run gets tiles of floats. Where the block is constant,
/// neither parameters nor masters are written.
template <class Range, class Parameters, class Gradient, class Run>
void for_each_narrow_run(Range range, Parameters& parameters, const Gradient& gradient, float* masters,
                         Run&& run) {
  using Narrow = typename Parameters::Scalar;
  constexpr bool row_major = Parameters::IsRowMajor, writes = !std::is_const_v<Parameters>;
  const auto inner_size = std::max<std::size_t>(1, static_cast<std::size_t>(parameters.innerSize()));
  std::size_t first = 0, last = static_cast<std::size_t>(parameters.size());
  if constexpr (std::is_same_v<Range, ElementRange>) {
    first = range.first;
    last = range.last;
  }
  const auto view = strided_view<row_major>(parameters);
  const StridedView<Narrow> elements{const_cast<Narrow*>(view.data), view.inner_stride, view.outer_stride};
  const bool contiguous = is_contiguous(parameters);
  float gradient_tile[tile_size<float>], tile[tile_size<float>];
  for (; first < last; first += tile_size<float>) {
    const std::size_t count = std::min(tile_size<float>, last - first);
    float* const kept = masters + first;
    widen_gradient<row_major>(gradient, inner_size, first, count, gradient_tile);
    if (contiguous) {
      widen_run<Narrow>(elements.data + first, kept, count, tile);
    } else {
      for_each_element(elements, inner_size, first, count, [&](const Narrow& element, std::size_t k) {
        tile[k] = master_or_new(kept[k], element);
      });
    }
    run(static_cast<const float*>(gradient_tile), tile, first, count);
    if constexpr (writes) {
      if (contiguous) {
        narrow_run<Narrow>(tile, count, elements.data + first, kept);
      } else {
        for_each_element(elements, inner_size, first, count, [&](Narrow& element, std::size_t k) {
          element = static_cast<Narrow>(kept[k] = tile[k]);
        });
      }
    }
  }
}

}  // namespace descent::detail
