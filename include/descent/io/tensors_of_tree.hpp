// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/core/saved/tensor_of.hpp>

#include <string>
#include <vector>

namespace descent::detail {

/// All blocks of a tree under their paths: "layer1.weights".
template <class Tree>
std::vector<Tensor> tensors_of_tree(Tree& tree) {
  std::vector<Tensor> tensors;
  for_each_block(
      [&](auto& block, const std::string& path) { tensors.push_back(tensor_of_block(path, block)); }, tree);
  return tensors;
}

}  // namespace descent::detail
