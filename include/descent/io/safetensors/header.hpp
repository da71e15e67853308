// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/safetensors/data_types.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The format safetensors: 8 bytes with the length of the header (little-endian), the header (JSON), the data.
//
//   {"__metadata__":{"key":"value"},"weights":{"dtype":"F64","shape":[2,3],"data_offsets":[0,48]}}
//
// descent adds two texts to the metadata, which other programs ignore:
// * "descent.checksum.tensors": 16 hexadecimal digits for each tensor, in the order of the data;
// * "descent.checksum": 16 digits for the length and the header, computed with these 16 as zeros.
// Every byte of a file is covered by a checksum.

namespace descent::detail {

inline constexpr std::size_t length_bytes = 8;
inline constexpr std::size_t max_header = 100'000'000;  // as in the reference implementation
inline constexpr std::size_t most_dimensions = 64;
inline constexpr std::string_view metadata_key = "__metadata__";
inline constexpr std::string_view header_checksum_key = "descent.checksum";
inline constexpr std::string_view tensor_checksums_key = "descent.checksum.tensors";
inline constexpr std::size_t checksum_digits = 16;

/// Named texts saved with the tensors.
using Metadata = std::vector<std::pair<std::string, std::string>>;

struct TensorEntry;

/// The contents of a header.
struct Header {
  std::vector<TensorEntry> tensors;  ///< in the order of the data
  Metadata metadata;                 ///< without the checksums
  std::string checksum, tensor_checksums;
  std::size_t checksum_place = 0;  ///< position of the digits of `checksum` in the header
  bool has_checksum = false, has_tensor_checksums = false;
};

/// A tensor in a file.
struct TensorEntry {
  std::string name;
  const DataType* type = nullptr;
  std::vector<std::uint64_t> shape{};
  std::uint64_t begin = 0, end = 0;  ///< its bytes, counted from the start of the data
};

/// "[3, 4]"
inline std::string text_of_shape(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (std::size_t k = 0; k < shape.size(); ++k)
    text.append(k == 0 ? "" : ", ").append(std::to_string(shape[k]));
  return text.append("]");
}

}  // namespace descent::detail
