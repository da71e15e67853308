// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>

namespace descent::detail {

/// The values of a tree, kept aside to return to; bit for bit. Allocates when it is made, never again.
template <class Tree>
class ParameterCopy {
 public:
  explicit ParameterCopy(const Tree& tree) : values_(zeros_like(tree)) {}

  /// Of any tree with these blocks: a gradient, too.
  template <class Other>
  void store(const Other& tree) {
    auto copy = [](const auto& block, auto& kept) { kept = block; };
    walk(copy, tree, values_);
  }
  template <class Other>
  void restore(Other& tree) const {
    auto copy = [](auto& block, const auto& kept) { block = kept; };
    walk(copy, tree, values_);
  }
  const auto& values() const { return values_; }

 private:
  GradientOf<Tree> values_;
};

}  // namespace descent::detail
