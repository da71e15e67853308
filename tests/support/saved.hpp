// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tensor.hpp>
#include <descent/testing/conformance_saved_state.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace test {

/// Tensors copied into memory of their own, one number after the other: what a file would hold. Tests may change them.
class Saved {
  using Copy = descent::testing::conformance::SavedTensors;
  Copy copy_;

 public:
  std::vector<descent::SavedTensor> tensors;

  Saved() = default;
  explicit Saved(const std::vector<descent::SavedTensor>& from) : copy_(from), tensors(copy_.tensors()) {}
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
  std::string different(const Saved& other) const { return Copy(tensors).difference(Copy(other.tensors)); }
};

}  // namespace test
