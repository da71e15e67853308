// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved/tensor_copy.hpp>
#include <descent/core/tensor.hpp>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace test {

/// Tensors copied into their own contiguous memory, like the contents of a file.
struct Saved {
  std::vector<descent::SavedTensor> tensors;
  std::vector<std::vector<unsigned char>> memory;

  Saved() = default;
  explicit Saved(const std::vector<descent::SavedTensor>& from) {
    for (const descent::SavedTensor& tensor : from) {
      descent::SavedTensor packed = tensor;
      packed.row_stride = 1;
      packed.column_stride = tensor.rows;
      memory.emplace_back(tensor.bytes());
      packed.data = memory.back().data();
      descent::detail::copy_tensor(tensor, packed);
      tensors.push_back(packed);
    }
  }
  Saved(const Saved& other) : Saved(other.tensors) {}
  Saved(Saved&&) = default;
  Saved& operator=(const Saved& other) { return *this = Saved(other); }
  Saved& operator=(Saved&&) = default;
  ~Saved() = default;

  descent::SavedTensor& at(const std::string& name) {
    for (descent::SavedTensor& tensor : tensors)
      if (tensor.name == name) return tensor;
    throw std::out_of_range(name);
  }
  void erase(const std::string& name) {
    std::erase_if(tensors, [&](const auto& tensor) { return tensor.name == name; });
  }

  bool operator==(const Saved& other) const { return different(other).empty(); }
  /// The name of the first tensor that differs in a bit; empty if there is none.
  std::string different(const Saved& other) const {
    if (tensors.size() != other.tensors.size()) return "the number of tensors";
    for (std::size_t k = 0; k < tensors.size(); ++k) {
      const descent::SavedTensor &a = tensors[k], &b = other.tensors[k];
      const bool same = a.name == b.name && a.type == b.type && descent::detail::same_shape(a, b);
      if (!same || (a.bytes() > 0 && std::memcmp(a.data, b.data, a.bytes()) != 0)) return a.name;
    }
    return "";
  }
};

}  // namespace test
