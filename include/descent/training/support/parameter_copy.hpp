// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/tree/block_types.hpp>
#include <descent/core/tree/paths.hpp>

#include <cstddef>
#include <string>

namespace descent::detail {

/// A copy of a tree's values, to restore bit for bit. Allocates only at construction.
template <class Tree>
class ParameterCopy {
 public:
  explicit ParameterCopy(const Tree& tree) : values_(zeros_like(tree)) {}

  /// Copies any tree with these blocks, also a gradient.
  template <class Other>
  void store(const Other& tree) {
    walk([](const auto& block, auto& kept) { kept = block; }, tree, values_);
  }
  template <class Other>
  void restore(Other& tree) const {
    walk([](auto& block, const auto& kept) { block = kept; }, tree, values_);
  }
  const auto& values() const { return values_; }

  /// Calls f(path, block), by reference.
  template <class F>
  void for_each_state_value(F&& f) {
    for_each_block([&](auto& block, const std::string& path) { f(path, block); }, values_);
  }

  /// Refuses a tree with different shapes. Errors: std::invalid_argument, which names the owner of the copy
  /// and the block.
  template <class Other>
  void check_shapes(const char* owner, const Other& tree) const {
    if (!same_shapes(values_, tree)) [[unlikely]]
      fail_shapes(owner, tree);
  }

 private:
  template <class Other>
  [[noreturn]] DESCENT_COLD void fail_shapes(const char* owner, const Other& tree) const {
    const std::string name(owner);
    if (!same_lengths(values_, tree))
      fail_invalid_argument(name + ": the number of blocks has changed since it was made");
    std::string message;
    std::size_t index = 0;
    const auto size = [](const auto& block) {
      return std::to_string(block.rows()) + "x" + std::to_string(block.cols());
    };
    auto compare = [&](const auto& kept, const auto& block) {
      if (message.empty() && (kept.rows() != block.rows() || kept.cols() != block.cols()))
        message =
            "block '" + path_of_block(values_, index) + "' is " + size(block) + ", but was " + size(kept);
      ++index;
    };
    walk(compare, values_, tree);
    fail_invalid_argument(name + ": " + message + " when it was made");
  }

  GradientOf<Tree> values_;
};

}  // namespace descent::detail
