// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/safetensors.hpp>

#include <cstddef>
#include <cstdlib>
#include <span>
#include <vector>

namespace test {

/// A tensor that owns its memory and fits one of a file; column-major.
struct OwnedTensor {
  descent::SavedTensor tensor;
  std::vector<std::byte> memory;

  explicit OwnedTensor(const descent::detail::TensorEntry& entry) {
    tensor.name = entry.name;
    tensor.type = *entry.type->number_type;
    tensor.dimensions = static_cast<int>(entry.shape.size());
    if (tensor.dimensions > 0) tensor.rows = static_cast<std::ptrdiff_t>(entry.shape[0]);
    if (tensor.dimensions > 1) tensor.columns = static_cast<std::ptrdiff_t>(entry.shape[1]);
    tensor.column_stride = tensor.rows;
    memory.resize(entry.end - entry.begin);
    tensor.data = memory.data();
  }
};

// Not an assertion: builds with NDEBUG check too.
inline void require(bool condition) {
  if (!condition) std::abort();
}

/// Any bytes must either be refused with a FileError, or be a file whose tensors can be copied and saved to a
/// file with the same content.
inline void read_any_tensor_file(std::span<const std::byte> bytes) {
  using namespace descent::detail;
  try {
    const TensorFile file = TensorFile::parse(bytes, "fuzz", descent::Checksums::ignored);
    std::vector<OwnedTensor> owned;
    std::vector<descent::SavedTensor> tensors;
    for (const TensorEntry& entry : file.entries()) {
      require(file.find(entry.name) == &entry);
      if (!entry.type->number_type || entry.shape.size() > 2) continue;
      file.copy_to(entry, owned.emplace_back(entry).tensor);
      tensors.push_back(owned.back().tensor);
    }
    for (std::size_t k = 0; k < tensors.size(); ++k) tensors[k].data = owned[k].memory.data();
    const TensorFile again =
        TensorFile::parse(tensors_in_memory(tensors, file.metadata()), "again", descent::Checksums::required);
    require(again.metadata() == file.metadata() && again.entries().size() == tensors.size());
    for (const TensorEntry& entry : again.entries()) {
      const TensorEntry* const before = file.find(entry.name);
      require(before != nullptr && before->shape == entry.shape && before->type == entry.type);
      const auto a = file.bytes_of(*before), b = again.bytes_of(entry);
      require(std::equal(a.begin(), a.end(), b.begin(), b.end()));
    }
    TensorFile::parse(bytes, "fuzz");
  } catch (const descent::FileError&) {
  }
}

}  // namespace test
