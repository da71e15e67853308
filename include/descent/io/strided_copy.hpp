// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checksum.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace descent::detail {

/// The layout of a matrix in memory: its first element, and the distance between neighbours in elements.
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

// A loop over a constant number of rows and columns is unrolled.
template <class Bits>
inline void copy_tile(ConstElements from, WritableElements to, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  for (std::ptrdiff_t column = 0; column < columns; ++column)
    for (std::ptrdiff_t row = 0; row < rows; ++row) {
      const Bits bits = little_endian_number<Bits>(from.at(row, column, sizeof(Bits)));
      std::memcpy(to.at(row, column, sizeof(Bits)), &bits, sizeof(Bits));
    }
}

/// Copies some rows in tiles as wide as one cache line, so that a transposition reads and writes whole lines.
/// A tile has only 8 rows: with a stride that is a power of 2, the lines of all rows share 8 places of the
/// cache.
template <class Bits>
void copy_panel(ConstElements from, WritableElements to, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  constexpr std::ptrdiff_t tile_rows = 8, tile_columns = 64 / sizeof(Bits);
  for (std::ptrdiff_t column = 0; column < columns; column += tile_columns) {
    const std::ptrdiff_t wide = std::min(tile_columns, columns - column);
    for (std::ptrdiff_t row = 0; row < rows; row += tile_rows) {
      const ConstElements source = from.moved(row, column, sizeof(Bits));
      const WritableElements place = to.moved(row, column, sizeof(Bits));
      if (wide == tile_columns && row + tile_rows <= rows) {
        copy_tile<Bits>(source, place, tile_rows, tile_columns);
      } else {
        copy_tile<Bits>(source, place, std::min(tile_rows, rows - row), wide);
      }
    }
  }
}

/// Copies few enough rows at a time that their pages stay in the processor's TLB for the next columns.
template <class Bits>
void copy_tiles(ConstElements from, WritableElements to, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  constexpr std::ptrdiff_t panel = 256;
  for (std::ptrdiff_t row = 0; row < rows; row += panel)
    copy_panel<Bits>(from.moved(row, 0, sizeof(Bits)), to.moved(row, 0, sizeof(Bits)),
                     std::min(panel, rows - row), columns);
}

template <class Bits>
void copy_matrix(ConstElements from, WritableElements to, std::ptrdiff_t rows, std::ptrdiff_t columns) {
  constexpr bool plain = std::endian::native == std::endian::little;
  if (columns == 1 || (from.row_stride == 1 && to.row_stride == 1)) {
    from = from.transposed();
    to = to.transposed();
    std::swap(rows, columns);
  }
  if (!plain || from.column_stride != 1 || to.column_stride != 1)
    return copy_tiles<Bits>(from, to, rows, columns);
  const std::size_t bytes = static_cast<std::size_t>(columns) * sizeof(Bits);
  for (std::ptrdiff_t row = 0; row < rows && bytes > 0; ++row)
    std::memcpy(to.at(row, 0, sizeof(Bits)), from.at(row, 0, sizeof(Bits)), bytes);
}

/// Copies elements between memory, in the machine's byte order, and files, in little-endian order; both
/// directions are the same operation.
inline void copy_elements(std::size_t element_size, ConstElements from, WritableElements to,
                          std::ptrdiff_t rows, std::ptrdiff_t columns) {
  switch (element_size) {
    case 8:
      return copy_matrix<std::uint64_t>(from, to, rows, columns);
    case 4:
      return copy_matrix<std::uint32_t>(from, to, rows, columns);
    case 2:
      return copy_matrix<std::uint16_t>(from, to, rows, columns);
    default:
      return copy_matrix<std::uint8_t>(from, to, rows, columns);
  }
}

}  // namespace descent::detail
