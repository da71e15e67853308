// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved/strided_copy.hpp>
#include <descent/core/tensor.hpp>
#include <descent/io/errors.hpp>
#include <descent/io/safetensors/convert.hpp>
#include <descent/io/safetensors/header.hpp>
#include <descent/io/safetensors/read_header.hpp>
#include <descent/io/safetensors/verify.hpp>
#include <descent/io/system/read_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace descent::detail {

/// The shape of a tensor in a file: [], [n] or [rows, columns].
inline std::vector<std::uint64_t> shape_of(const SavedTensor& tensor) {
  std::vector<std::uint64_t> shape;
  if (tensor.dimensions > 0) shape.push_back(static_cast<std::uint64_t>(tensor.rows));
  if (tensor.dimensions > 1) shape.push_back(static_cast<std::uint64_t>(tensor.columns));
  return shape;
}

/// Whether two shapes are equal except for sizes of 1: a matrix of one column and a vector hold the same
/// numbers.
inline bool fit_together(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::vector<std::uint64_t> parts[2];
  for (const std::uint64_t size : a)
    if (size != 1) parts[0].push_back(size);
  for (const std::uint64_t size : b)
    if (size != 1) parts[1].push_back(size);
  return parts[0] == parts[1];
}

/// The contents of a safetensors file, in memory. Everything that it returns has been checked, also against
/// the checksums.
///
///   const TensorFile file = TensorFile::read("model.safetensors");
///   if (const TensorEntry* entry = file.find("weights")) file.copy_to(*entry, tensor);
class TensorFile {
 public:
  static TensorFile read(const std::string& path, Checksums checksums = Checksums::if_present) {
    return TensorFile(read_file(path), path, checksums);
  }
  /// Like `read`, from bytes in memory. `path`: the name for messages.
  static TensorFile parse(std::span<const std::byte> bytes, const std::string& path = "memory",
                          Checksums checksums = Checksums::if_present) {
    OwnedBytes copy = memory_for_file(path, bytes.size());
    std::copy(bytes.begin(), bytes.end(), copy.data());
    return TensorFile(std::move(copy), path, checksums);
  }

  const std::string& path() const { return path_; }
  /// In the order of the data.
  const std::vector<TensorEntry>& entries() const { return header_.tensors; }
  /// Without descent's checksums.
  const Metadata& metadata() const { return header_.metadata; }
  bool has_checksums() const { return header_.has_checksum; }

  /// Null if there is none.
  const TensorEntry* find(std::string_view name) const {
    const auto place = std::lower_bound(
        by_name_.begin(), by_name_.end(), name,
        [&](std::size_t k, std::string_view wanted) { return header_.tensors[k].name < wanted; });
    if (place == by_name_.end() || header_.tensors[*place].name != name) return nullptr;
    return &header_.tensors[*place];
  }
  /// The text under a key of the metadata; null if there is none.
  const std::string* find_metadata(std::string_view key) const {
    for (const auto& [name, value] : header_.metadata)
      if (name == key) return &value;
    return nullptr;
  }

  /// The bytes of a tensor: row by row, little-endian.
  std::span<const std::byte> bytes_of(const TensorEntry& entry) const {
    return bytes_.bytes().subspan(data_begin_ + static_cast<std::size_t>(entry.begin),
                                  static_cast<std::size_t>(entry.end - entry.begin));
  }

  /// Whether `copy_to` would accept the tensor. `convert`: accept a different floating-point type.
  bool fits(const TensorEntry& entry, const SavedTensor& tensor, bool convert = false) const {
    return fit_together(entry.shape, shape_of(tensor)) && has_type_for(entry, tensor, convert);
  }
  bool has_type_for(const TensorEntry& entry, const SavedTensor& tensor, bool convert = false) const {
    const auto type = entry.type->number_type;
    return type && (*type == tensor.type || (convert && is_real(*type) && is_real(tensor.type)));
  }

  /// Copies the numbers of the file into a tensor of any layout. Refuses a different shape, and a different
  /// type unless `convert` allows rounding floating-point numbers.
  void copy_to(const TensorEntry& entry, const SavedTensor& tensor, bool convert = false) const {
    if (!fits(entry, tensor, convert)) fail_other(entry, tensor);
    const std::byte* const from = bytes_of(entry).data();
    if (*entry.type->number_type != tensor.type)
      return copy_converted(from, *entry.type->number_type, tensor);
    copy_elements<ByteOrder::little_endian>(
        size_of(tensor.type), {from, tensor.columns, 1},
        {static_cast<std::byte*>(tensor.data), tensor.row_stride, tensor.column_stride}, tensor.rows,
        tensor.columns);
  }

 private:
  TensorFile(OwnedBytes bytes, const std::string& path, Checksums checksums)
      : bytes_(std::move(bytes)), path_(path), header_(read_header(bytes_.bytes(), path_)) {
    const std::size_t header_size = header_text(bytes_.bytes(), path_).size();
    data_begin_ = length_bytes + header_size;
    by_name_ = sorted_by_name(header_.tensors, path_);
    check_checksums(checksums, bytes_.bytes(), header_size, header_, path_);
  }

  [[noreturn]] DESCENT_COLD void fail_other(const TensorEntry& entry, const SavedTensor& tensor) const {
    fail_file(path_, {"'", entry.name, "' is ", entry.type->name, " ", text_of_shape(entry.shape),
                      ", must be ", data_type_of(tensor.type).name, " ", text_of_shape(shape_of(tensor))});
  }

  OwnedBytes bytes_;
  std::string path_;
  Header header_;
  std::size_t data_begin_ = 0;
  std::vector<std::size_t> by_name_;
};

}  // namespace descent::detail
