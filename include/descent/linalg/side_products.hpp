// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/linalg/pack_product.hpp>

#include <Eigen/Core>

namespace descent::detail::inline DESCENT_BUILD {

/// Prepares `product` for rules that keep a square matrix for each side of a block, of `left` and `right`
/// rows, or 0 for none: outer products of the block, the block times the matrices, products of the matrices.
/// Each size is prepared separately, because a smaller product may be split into larger pieces.
template <class S>
void prepare_side_products(simd::Product<S>& product, Eigen::Index rows, Eigen::Index columns,
                           Eigen::Index left, Eigen::Index right) {
  for (const Eigen::Index depth : {columns, left}) product.prepare(left, left, depth);
  for (const Eigen::Index depth : {rows, right}) product.prepare(right, right, depth);
  for (const Eigen::Index depth : {left, right}) product.prepare(rows, columns, depth);
}

}  // namespace descent::detail::inline DESCENT_BUILD
