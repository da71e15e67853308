// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/core/saved/tensor_of.hpp>

#include <string>
#include <vector>

namespace descent::detail {

/// All blocks of a tree under their paths: "layer1.weights". For saving; the tree may be const.
template <class Tree>
std::vector<Tensor> tensors_of_tree(Tree& tree) {
  std::vector<Tensor> tensors;
  for_each_block(
      [&](auto& block, const std::string& path) { tensors.push_back(tensor_of_block(path, block)); }, tree);
  return tensors;
}

/// The same for loading: no block may be const.
template <class Tree>
std::vector<Tensor> writable_tensors_of_tree(Tree& tree) {
  std::vector<Tensor> tensors;
  for_each_block(
      [&]<class B>(B& block, const std::string& path) {
        static_assert(Block<B&>, "descent: parameters must not be const to be loaded");
        if constexpr (Block<B&>) tensors.push_back(tensor_of_block(path, block));
      },
      tree);
  return tensors;
}

}  // namespace descent::detail
