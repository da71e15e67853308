// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/core/tree/walk.hpp>
#include <descent/runtime/stage.hpp>

#include <Eigen/Core>

namespace descent::detail::inline DESCENT_BUILD {

/// The blocks of a tree, for callers that do not know its type.
template <class S, class Tree>
AnyBlocks<S> views_of(Tree& tree) {
  using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  AnyBlocks<S> views;
  walk(
      [&]<class Block>(Block& block) {
        const Eigen::Index inner = block.innerStride(), outer = block.outerStride();
        views.emplace_back(block.data(), block.rows(), block.cols(),
                           Block::IsRowMajor ? Strides(inner, outer) : Strides(outer, inner));
      },
      tree);
  return views;
}

}  // namespace descent::detail::inline DESCENT_BUILD
