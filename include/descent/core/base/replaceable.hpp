// SPDX-License-Identifier: MIT
#pragma once

#include <new>
#include <type_traits>
#include <utility>

namespace descent::detail {

/// A value that can be replaced even if its type is not assignable, such as a lambda with captures.
template <class T>
class Replaceable {
 public:
  explicit Replaceable(T value) : value_(std::move(value)) {}
  Replaceable(const Replaceable&) = default;
  Replaceable(Replaceable&&) = default;
  Replaceable& operator=(const Replaceable& other) { return *this = Replaceable(other); }
  Replaceable& operator=(Replaceable&& other) noexcept {
    if (this != &other) replace(std::move(other.value_));
    return *this;
  }
  ~Replaceable() = default;

  void replace(T value) noexcept {
    if constexpr (std::is_move_assignable_v<T>) {
      value_ = std::move(value);
    } else {
      value_.~T();
      ::new (static_cast<void*>(&value_)) T(std::move(value));
    }
  }
  const T& operator*() const { return value_; }

 private:
  T value_;
};

}  // namespace descent::detail
