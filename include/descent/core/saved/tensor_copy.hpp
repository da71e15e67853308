// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

// Copies between tensors of the same type and shape and of any memory layout.

namespace descent::detail {

/// "3x4 of float64", "a vector of 3 of float32", "one number of int64".
DESCENT_COLD inline std::string shape_text(const SavedTensor& tensor) {
  const std::string type(to_string(tensor.type));
  if (tensor.dimensions == 0) return "one number of " + type;
  if (tensor.dimensions == 1) return "a vector of " + std::to_string(tensor.rows) + " of " + type;
  return std::to_string(tensor.rows) + "x" + std::to_string(tensor.columns) + " of " + type;
}

inline bool same_shape(const SavedTensor& a, const SavedTensor& b) {
  return a.dimensions == b.dimensions && a.rows == b.rows && a.columns == b.columns;
}

template <std::size_t size>
void copy_elements(const SavedTensor& from, const SavedTensor& to) {
  constexpr std::ptrdiff_t tile = 32;  // tiles of both fit the first cache, whichever is column-major
  constexpr auto bytes = static_cast<std::ptrdiff_t>(size);
  const char* const source = static_cast<const char*>(from.data);
  char* const target = static_cast<char*>(to.data);
  for (std::ptrdiff_t row = 0; row < from.rows; row += tile)
    for (std::ptrdiff_t column = 0; column < from.columns; column += tile)
      for (std::ptrdiff_t i = row; i < std::min(row + tile, from.rows); ++i)
        for (std::ptrdiff_t j = column; j < std::min(column + tile, from.columns); ++j)
          std::memcpy(target + (i * to.row_stride + j * to.column_stride) * bytes,
                      source + (i * from.row_stride + j * from.column_stride) * bytes, size);
}

/// Whether the elements are contiguous: in column order if `by_columns`, else in row order.
inline bool is_packed(const SavedTensor& tensor, bool by_columns) {
  return by_columns ? (tensor.rows == 1 || tensor.row_stride == 1) &&
                          (tensor.columns == 1 || tensor.column_stride == tensor.rows)
                    : (tensor.columns == 1 || tensor.column_stride == 1) &&
                          (tensor.rows == 1 || tensor.row_stride == tensor.columns);
}

/// Copies the numbers of a tensor to one of the same type and shape, which must not overlap it.
inline void copy_tensor(const SavedTensor& from, const SavedTensor& to) {
  if (from.size() == 0) return;
  for (const bool by_columns : {true, false})
    if (is_packed(from, by_columns) && is_packed(to, by_columns)) {
      std::memcpy(to.data, from.data, from.bytes());
      return;
    }
  switch (size_of(from.type)) {
    case 8:
      return copy_elements<8>(from, to);
    case 4:
      return copy_elements<4>(from, to);
    case 2:
      return copy_elements<2>(from, to);
    default:
      return copy_elements<1>(from, to);
  }
}

}  // namespace descent::detail
