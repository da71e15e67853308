// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/saved/tensor_copy.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tensor.hpp>

#include <cstddef>
#include <cstring>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent::detail::inline DESCENT_BUILD {

/// Collects changes while each may still fail, then makes all of them, which cannot fail.
class Changes {
 public:
  /// Schedules the assignment of a value. Plain numbers, the usual case, are stored as bytes, which compile
  /// faster than functions.
  template <class T>
  void assign(T& to, T value) {
    if constexpr (std::is_trivially_copyable_v<T>) {
      add_bytes(&to, &value, sizeof value);
    } else {
      others_.emplace_back([&to, value = std::move(value)]() mutable { to = std::move(value); });
    }
  }
  /// Schedules the copy of a tensor's numbers.
  void copy(const SavedTensor& from, const SavedTensor& to) { tensors_.push_back({from, to}); }

  DESCENT_COLD void make() {
    for (const Bytes& bytes : bytes_) std::memcpy(bytes.to, bytes.value.data(), bytes.value.size());
    for (const auto& [from, to] : tensors_) copy_tensor(from, to);
    for (auto& change : others_) change();
  }

 private:
  struct Bytes {
    void* to;
    std::vector<unsigned char> value;
  };
  DESCENT_COLD void add_bytes(void* to, const void* value, std::size_t size) {
    const auto* const first = static_cast<const unsigned char*>(value);
    bytes_.push_back({to, {first, first + size}});
  }

  std::vector<Bytes> bytes_;
  std::vector<std::pair<SavedTensor, SavedTensor>> tensors_;
  std::vector<std::function<void()>> others_;
};

}  // namespace descent::detail::inline DESCENT_BUILD
