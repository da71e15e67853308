// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved/strided_copy.hpp>
#include <descent/core/tensor.hpp>
#include <descent/io/checksum.hpp>
#include <descent/io/safetensors/verify.hpp>
#include <descent/io/safetensors/write_header.hpp>
#include <descent/io/system/new_file.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace descent::detail {

/// Bytes in memory with the interface of NewFile.
class MemoryFile {
 public:
  void append(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void rewrite_start(std::span<const std::byte> bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Writes the elements of tensors to a file row by row, whatever their layout, and computes their checksums.
template <class File>
class TensorWriter {
 public:
  explicit TensorWriter(File& file) : file_(file) {}

  /// Returns the checksum of the tensor's bytes.
  std::uint64_t write(const SavedTensor& tensor) {
    checksum_ = Checksum();
    if (tensor.size() == 0) return checksum_.value();
    if (lies_as_in_file(tensor)) {
      write_bytes({static_cast<const std::byte*>(tensor.data), tensor.bytes()});
    } else {
      write_rows(tensor);
    }
    return checksum_.value();
  }

 private:
  // Small enough that a piece is still in the cache when it is written, after its checksum was computed.
  static constexpr std::size_t piece = std::size_t{1} << 18;
  // Enough for many rows, so that a transposition writes full cache lines.
  static constexpr std::size_t small_buffer = std::size_t{1} << 22, large_buffer = std::size_t{1} << 26;

  static bool lies_as_in_file(const SavedTensor& tensor) {
    const bool rows_follow = tensor.rows == 1 || tensor.row_stride == tensor.columns;
    const bool columns_follow = tensor.columns == 1 || tensor.column_stride == 1;
    return std::endian::native == std::endian::little && rows_follow && columns_follow;
  }

  void write_bytes(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto next = bytes.first(std::min(piece, bytes.size()));
      checksum_.add(next);
      file_.append(next);
      bytes = bytes.subspan(next.size());
    }
  }

  /// Writes a few rows at a time; parts of one row if it is very long.
  void write_rows(const SavedTensor& tensor) {
    const std::size_t size = size_of(tensor.type);
    const auto capacity = static_cast<std::ptrdiff_t>(
        std::clamp(8 * size * static_cast<std::size_t>(tensor.columns), small_buffer, large_buffer) / size);
    const std::ptrdiff_t high = std::max<std::ptrdiff_t>(1, capacity / tensor.columns);
    const std::ptrdiff_t wide = std::min(tensor.columns, capacity);
    const ConstElements from{static_cast<const std::byte*>(tensor.data), tensor.row_stride,
                             tensor.column_stride};
    for (std::ptrdiff_t row = 0; row < tensor.rows; row += high)
      for (std::ptrdiff_t column = 0; column < tensor.columns; column += wide) {
        const std::ptrdiff_t rows = std::min(high, tensor.rows - row);
        const std::ptrdiff_t columns = std::min(wide, tensor.columns - column);
        buffer_.resize(std::max(buffer_.size(), static_cast<std::size_t>(rows * columns) * size));
        copy_elements<ByteOrder::little_endian>(size, from.moved(row, column, size),
                                                {buffer_.data(), columns, 1}, rows, columns);
        write_bytes(std::span(buffer_).first(static_cast<std::size_t>(rows * columns) * size));
      }
  }

  File& file_;
  Checksum checksum_;
  std::vector<std::byte> buffer_;
};

/// Writes length, header and data to a NewFile or MemoryFile.
template <class File>
void write_content(File& file, HeaderText& header, std::span<const SavedTensor> tensors) {
  file.append(header.bytes());
  TensorWriter writer(file);
  std::size_t place = 0;
  for (const std::size_t k : header.order())
    header.set_tensor_checksum(place++, hexadecimal(writer.write(tensors[k])));
  header.set_checksum(hexadecimal(checksum_of_header(header.bytes(), header.place_of_checksum())));
  file.rewrite_start(header.bytes());
}

struct WriteOptions {
  bool durable = true;  ///< return only after the file is on the disk, so that it survives a loss of power
};

/// Saves tensors as a safetensors file. An existing file is replaced after the new one is complete; if
/// anything fails, it stays unchanged.
inline void write_tensors(const std::string& path, std::span<const SavedTensor> tensors,
                          const Metadata& metadata = {}, const WriteOptions& options = {}) {
  HeaderText header(tensors, metadata, path);
  NewFile file(path, options.durable);
  write_content(file, header, tensors);
  file.commit();
}

/// The bytes of such a file.
inline std::vector<std::byte> tensors_in_memory(std::span<const SavedTensor> tensors,
                                                const Metadata& metadata = {}) {
  HeaderText header(tensors, metadata, "memory");
  MemoryFile file;
  write_content(file, header, tensors);
  return file.take();
}

}  // namespace descent::detail
