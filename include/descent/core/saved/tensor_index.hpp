// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace descent {

/// Finds the tensors of a list by name, and records which were used. Keeps a reference to the list.
/// Errors: std::invalid_argument if two tensors have the same name, and as its functions say; messages begin
/// with `owner`.
class TensorIndex {
 public:
  /// Reports an error: throws the exception that suits the source of the tensors.
  using Failure = void (*)(const std::string& owner, const std::string& message);

  // A template, so that sorting is compiled only if a list is searched.
  template <class Tensors>
  explicit TensorIndex(const Tensors& tensors, std::string owner = "restore_state",
                       Failure failure = fail_argument)
      : tensors_(tensors), used_(tensors.size()), owner_(std::move(owner)), failure_(failure) {
    by_name_.resize(tensors.size());
    for (std::size_t k = 0; k < tensors.size(); ++k) by_name_[k] = k;
    std::sort(by_name_.begin(), by_name_.end(),
              [&](std::size_t a, std::size_t b) { return tensors[a].name < tensors[b].name; });
    for (std::size_t k = 1; k < tensors.size(); ++k)
      if (name(k) == name(k - 1)) fail({"there are two tensors '", name(k), "'"});
  }

  /// The tensor of this name, or null.
  const SavedTensor* find(std::string_view name) {
    std::size_t begin = 0, end = by_name_.size();
    while (begin < end) {
      const std::size_t middle = begin + (end - begin) / 2;
      this->name(middle) < name ? begin = middle + 1 : end = middle;
    }
    if (begin == by_name_.size() || this->name(begin) != name) return nullptr;
    used_[by_name_[begin]] = true;
    return &tensors_[by_name_[begin]];
  }

  /// The tensor of this name. Errors: std::invalid_argument, with the nearest name, if there is none.
  const SavedTensor& at(std::string_view name) {
    const SavedTensor* const found = find(name);
    if (found == nullptr) fail_missing(name);
    return *found;
  }

  /// Errors: std::invalid_argument if a tensor was not used.
  void refuse_unused() const {
    for (std::size_t k = 0; k < tensors_.size(); ++k)
      if (!used_[k]) fail_unused(tensors_[k].name);
  }

  const std::string& owner() const { return owner_; }
  [[noreturn]] DESCENT_COLD void fail(std::initializer_list<std::string_view> parts) const {
    failure_(owner_, detail::joined(parts));
    std::abort();  // a failure does not return
  }

 private:
  std::string_view name(std::size_t k) const { return tensors_[by_name_[k]].name; }

  /// Among equally near names it prefers one that was not used: that of a block that has moved.
  [[noreturn]] DESCENT_COLD void fail_missing(std::string_view name) const {
    std::string_view nearest;
    std::size_t least = static_cast<std::size_t>(-1);
    for (std::size_t k = 0; k < tensors_.size(); ++k) {
      const std::size_t distance = 2 * detail::edit_distance(tensors_[k].name, name) + (used_[k] ? 1 : 0);
      if (distance < least) nearest = tensors_[k].name;
      least = std::min(distance, least);
    }
    if (tensors_.empty()) fail({"'", name, "' is missing; there are no tensors"});
    fail({"'", name, "' is missing; the nearest name is '", nearest, "'"});
  }
  [[noreturn]] DESCENT_COLD void fail_unused(std::string_view name) const {
    fail({"there is no place for '", name, "'"});
  }
  static void fail_argument(const std::string& owner, const std::string& message) {
    detail::fail_invalid_argument({owner, ": ", message});
  }

  std::span<const SavedTensor> tensors_;
  std::vector<std::size_t> by_name_;
  std::vector<bool> used_;
  std::string owner_;
  Failure failure_;
};

}  // namespace descent
