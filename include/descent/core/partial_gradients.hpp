// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/core/parameters.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace descent {

/// The blocks that have no gradient at a step, by their places in the tree's order, counted from 0.
///
///   const auto head = block_indices(model, [](const BlockInfo& block) { return block.path.starts_with("head"); });
///   optimizer.step(model, gradient, AbsentBlocks(head));
///
/// The rule must say that blocks may rest: `RestAbsentBlocks{} | AdamW{}`. Keeps a reference to the indices.
class AbsentBlocks {
 public:
  explicit AbsentBlocks(std::span<const std::size_t> indices) : indices_(indices) {}
  std::span<const std::size_t> indices() const { return indices_; }

 private:
  std::span<const std::size_t> indices_;
};

/// The places of the blocks that a selector picks, counted from 0 in the tree's order.
template <class Tree, class Selector>
std::vector<std::size_t> block_indices(const Tree& tree, const Selector& selects) {
  std::vector<std::size_t> indices;
  std::size_t index = 0;
  auto look = [&](const std::string& path, const auto& block) {
    constexpr bool is_vector = std::remove_cvref_t<decltype(block)>::IsVectorAtCompileTime != 0;
    if (selects(BlockInfo{path, block.rows(), block.cols(), index, is_vector})) indices.push_back(index);
    ++index;
  };
  detail::walk_paths(look, tree, std::string());
  return indices;
}

}  // namespace descent
