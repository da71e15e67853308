// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/core/saved/tensor_of.hpp>
#include <descent/core/tree/requirements.hpp>

#include <string>
#include <vector>

namespace descent::detail {

/// All blocks of a tree under their paths: "layer1.weights". For saving; the tree may be const.
template <class Tree>
std::vector<SavedTensor> tensors_of_tree(Tree& tree) {
  std::vector<SavedTensor> tensors;
  for_each_block(
      [&](auto& block, const std::string& path) { tensors.push_back(tensor_of_block(path, block)); }, tree);
  return tensors;
}

/// Whether the blocks of a tree can be written.
template <class Tree>
inline constexpr bool is_loadable = all_blocks<Tree, IsNotConstant>() && all_blocks<Tree, IsWritable>();

/// Compiles if the blocks of the tree can be written.
template <class Tree>
constexpr void require_loadable() {
  static_assert(is_loadable<Tree>, "descent: the parameters are constant; loading changes them in place");
}

}  // namespace descent::detail
