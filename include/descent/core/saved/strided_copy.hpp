// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace descent::detail::inline DESCENT_BUILD {

/// The byte order of one side of a copy. The other side has the order of the machine.
enum class ByteOrder { native, little_endian };

template <ByteOrder order>
inline constexpr bool reverses_bytes =
    order == ByteOrder::little_endian && std::endian::native == std::endian::big;

/// Where the elements of a matrix lie: the first one, and the distance of neighbours in elements.
template <class Byte>
struct ElementLayout {
  Byte* data;
  std::ptrdiff_t row_stride, column_stride;

  Byte* at(std::ptrdiff_t row, std::ptrdiff_t column, std::size_t element_size) const {
    return data + (row * row_stride + column * column_stride) * static_cast<std::ptrdiff_t>(element_size);
  }
  /// The part that starts at an element.
  ElementLayout moved(std::ptrdiff_t row, std::ptrdiff_t column, std::size_t element_size) const {
    return {at(row, column, element_size), row_stride, column_stride};
  }
  ElementLayout transposed() const { return {data, column_stride, row_stride}; }
};
using ConstElements = ElementLayout<const std::byte>;
using WritableElements = ElementLayout<std::byte>;

template <std::size_t size, ByteOrder order>
void copy_element(const std::byte* from, std::byte* to) {
  if constexpr (reverses_bytes<order>)
    std::reverse_copy(from, from + size, to);
  else
    std::memcpy(to, from, size);
}

// A loop over a constant number of rows and columns is unrolled.
template <std::size_t size, ByteOrder order>
inline void copy_tile(ConstElements from, WritableElements to, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  for (std::ptrdiff_t column = 0; column < columns; ++column)
    for (std::ptrdiff_t row = 0; row < rows; ++row)
      copy_element<size, order>(from.at(row, column, size), to.at(row, column, size));
}

/// Copies some rows in tiles of one cache line's width, so that a transposition reads and writes whole lines. A tile
/// has only 8 rows: with a stride that is a power of 2, the lines of all rows share 8 places of the cache.
template <std::size_t size, ByteOrder order>
void copy_panel(ConstElements from, WritableElements to, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  constexpr std::ptrdiff_t tile_rows = 8, tile_columns = 64 / static_cast<std::ptrdiff_t>(size);
  for (std::ptrdiff_t column = 0; column < columns; column += tile_columns) {
    const std::ptrdiff_t wide = std::min(tile_columns, columns - column);
    for (std::ptrdiff_t row = 0; row < rows; row += tile_rows) {
      const ConstElements source = from.moved(row, column, size);
      const WritableElements place = to.moved(row, column, size);
      if (wide == tile_columns && row + tile_rows <= rows) {
        copy_tile<size, order>(source, place, tile_rows, tile_columns);
      } else {
        copy_tile<size, order>(source, place, std::min(tile_rows, rows - row), wide);
      }
    }
  }
}

/// Copies so many rows at a time that the processor still knows the addresses of their pages in the next columns.
template <std::size_t size, ByteOrder order>
void copy_tiles(ConstElements from, WritableElements to, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  constexpr std::ptrdiff_t panel = 256;
  for (std::ptrdiff_t row = 0; row < rows; row += panel)
    copy_panel<size, order>(from.moved(row, 0, size), to.moved(row, 0, size), std::min(panel, rows - row),
                            columns);
}

template <std::size_t size, ByteOrder order>
void copy_matrix(ConstElements from, WritableElements to, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  if (columns == 1 || (from.row_stride == 1 && to.row_stride == 1)) {
    from = from.transposed();
    to = to.transposed();
    std::swap(rows, columns);
  }
  if (reverses_bytes<order> || from.column_stride != 1 || to.column_stride != 1)
    return copy_tiles<size, order>(from, to, rows, columns);
  if (from.row_stride == columns && to.row_stride == columns) columns *= std::exchange(rows, 1);
  const std::size_t bytes = static_cast<std::size_t>(columns) * size;
  for (std::ptrdiff_t row = 0; row < rows && bytes > 0; ++row)
    std::memcpy(to.at(row, 0, size), from.at(row, 0, size), bytes);
}

/// Copies a matrix between two places that do not overlap. With ByteOrder::little_endian one of them is in a file (in
/// either direction, which is the same).
template <ByteOrder order>
void copy_elements(std::size_t element_size, ConstElements from, WritableElements to, std::ptrdiff_t rows,
                   std::ptrdiff_t columns) {
  switch (element_size) {
    case 8:
      return copy_matrix<8, order>(from, to, rows, columns);
    case 4:
      return copy_matrix<4, order>(from, to, rows, columns);
    case 2:
      return copy_matrix<2, order>(from, to, rows, columns);
    default:
      return copy_matrix<1, order>(from, to, rows, columns);
  }
}

}  // namespace descent::detail::inline DESCENT_BUILD
