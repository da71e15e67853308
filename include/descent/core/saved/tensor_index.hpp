// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/edit_distance.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/tensor.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace descent {

/// Finds the tensors of a list by name, and knows which of them nobody asked for. Keeps a reference to the list.
/// Errors: std::invalid_argument if two of them have one name, and what its functions say; `owner` begins the messages.
class TensorIndex {
 public:
  explicit TensorIndex(std::span<const Tensor> tensors, std::string owner = "set_state")
      : tensors_(tensors), used_(tensors.size()), owner_(std::move(owner)) {
    places_.reserve(tensors.size());
    for (std::size_t k = 0; k < tensors.size(); ++k)
      if (!places_.emplace(tensors[k].name, k).second)
        detail::fail_invalid_argument({owner_, ": there are two tensors '", tensors[k].name, "'"});
  }

  /// The tensor of this name, or null.
  const Tensor* find(std::string_view name) {
    const auto place = places_.find(name);
    if (place == places_.end()) return nullptr;
    used_[place->second] = true;
    return &tensors_[place->second];
  }

  /// The tensor of this name. Errors: std::invalid_argument, with the nearest name, if there is none.
  const Tensor& at(std::string_view name) {
    const Tensor* const found = find(name);
    if (found == nullptr) fail_missing(name);
    return *found;
  }

  /// Errors: std::invalid_argument if there is a tensor that nobody has asked for.
  void refuse_unused() const {
    for (std::size_t k = 0; k < tensors_.size(); ++k)
      if (!used_[k]) fail_unused(tensors_[k].name);
  }

  const std::string& owner() const { return owner_; }

 private:
  [[noreturn]] DESCENT_COLD void fail_missing(std::string_view name) const {
    std::string_view nearest;
    std::size_t least = static_cast<std::size_t>(-1);
    for (std::size_t k = 0; k < tensors_.size(); ++k) {
      const std::size_t edits = detail::edit_distance(tensors_[k].name, name);
      const std::size_t distance = 2 * edits + (used_[k] ? 1 : 0);  // what was renamed has no place
      if (distance < least) nearest = tensors_[k].name;
      least = distance < least ? distance : least;
    }
    if (tensors_.empty())
      detail::fail_invalid_argument({owner_, ": '", name, "' is missing; there are no tensors"});
    detail::fail_invalid_argument({owner_, ": '", name, "' is missing; the nearest name is '", nearest, "'"});
  }
  [[noreturn]] DESCENT_COLD void fail_unused(std::string_view name) const {
    detail::fail_invalid_argument({owner_, ": there is no place for '", name, "'"});
  }

  std::span<const Tensor> tensors_;
  std::unordered_map<std::string_view, std::size_t> places_;
  std::vector<bool> used_;
  std::string owner_;
};

}  // namespace descent
