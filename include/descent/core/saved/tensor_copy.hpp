// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/saved/strided_copy.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tensor.hpp>

#include <cstddef>
#include <string>

// Copies between tensors of the same type and shape and of any memory layout.

namespace descent::detail::inline DESCENT_BUILD {

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

/// Copies the numbers of a tensor to another of the same type and shape, which must not overlap.
inline void copy_tensor(const SavedTensor& from, const SavedTensor& to) {
  copy_elements<ByteOrder::native>(
      size_of(from.type), {static_cast<const std::byte*>(from.data), from.row_stride, from.column_stride},
      {static_cast<std::byte*>(to.data), to.row_stride, to.column_stride}, from.rows, from.columns);
}

}  // namespace descent::detail::inline DESCENT_BUILD
