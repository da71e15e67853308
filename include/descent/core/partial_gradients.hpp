// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/block_info.hpp>
#include <descent/core/parameters.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

// Gradients that are not there for all elements: some rows of a matrix, a sparse matrix, or some of the blocks.

namespace descent {

/// The gradient of some rows of a matrix, such as those of a table of embeddings that a batch looked up:
/// row rows[k] of the parameters has the gradient values.row(k). Made by gradient_rows(); keeps references.
template <class Values>
class GradientRows {
 public:
  using Scalar = typename Values::Scalar;
  using PlainObject = GradientRows;
  static constexpr int RowsAtCompileTime = Eigen::Dynamic;
  static constexpr int ColsAtCompileTime = Values::ColsAtCompileTime;

  GradientRows(std::span<const Eigen::Index> rows, const Values& values) : rows_(rows), values_(&values) {}

  std::span<const Eigen::Index> row_indices() const { return rows_; }
  const Values& values() const { return *values_; }

 private:
  std::span<const Eigen::Index> rows_;
  const Values* values_;
};

/// The gradient of the rows `rows`, which must ascend: row rows[k] of the parameters has values.row(k).
///
///   std::vector<Eigen::Index> rows{2, 5, 11};
///   optimizer.step(table, gradient_rows(rows, values));       // values is 3 x table.cols()
///
/// Rows looked up more than once are to be summed first. Fastest where the table is row-major.
template <class Values>
GradientRows<Values> gradient_rows(std::span<const Eigen::Index> rows,
                                   const Eigen::DenseBase<Values>& values) {
  static_assert(detail::DirectlyReadable<Values>,
                "descent: the values of gradient_rows are an expression; write them into a matrix first");
  return {rows, values.derived()};
}
template <class Values>
void gradient_rows(std::span<const Eigen::Index>, const Eigen::DenseBase<Values>&&) = delete;

namespace detail {

template <class G>
inline constexpr bool is_gradient_rows = false;
template <class Values>
inline constexpr bool is_gradient_rows<GradientRows<Values>> = true;

template <class G>
concept EigenSparse = requires {
  typename G::StorageKind;
  requires std::is_same_v<typename G::StorageKind, Eigen::Sparse>;
  typename G::InnerIterator;
};
/// A gradient of some elements.
template <class G>
concept SparseGradient = is_gradient_rows<G> || EigenSparse<G>;

template <class Values>
inline constexpr bool is_leaf<GradientRows<Values>> = true;
template <EigenSparse G>
inline constexpr bool is_leaf<G> = true;

struct IsNotSparse {
  template <class G>
  static constexpr bool holds = !SparseGradient<std::remove_cvref_t<G>>;
};

}  // namespace detail

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
