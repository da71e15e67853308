// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/core/rule_traits.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

// Partial gradients: of some rows of a matrix, of a sparse matrix, or of some of the blocks.

namespace descent {

/// The gradient of some rows of a matrix, such as the rows of an embedding table that a batch used: row
/// rows[k] of the parameters has the gradient values.row(k). Made by gradient_rows(); keeps references.
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

/// The gradient of the rows `rows`, in ascending order: row rows[k] of the parameters has the gradient
/// values.row(k).
///
///   std::vector<Eigen::Index> rows{2, 5, 11};
///   optimizer.step(table, gradient_rows(rows, values));       // values is 3 x table.cols()
///
/// Sum the gradients of a row that was used more than once first. Fastest if the table is row-major.
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
/// A gradient with some of the elements.
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

/// The blocks that have no gradient at a step, by index in the tree's order, from 0.
///
///   const auto head = block_indices(model, [](const BlockInfo& block) { return block.path.starts_with("head"); });
///   optimizer.step(model, gradient, AbsentBlocks(head));
///
/// The rule must contain RestAbsentBlocks: `RestAbsentBlocks{} | AdamW{}`. Keeps a reference to the indices.
class AbsentBlocks {
 public:
  explicit AbsentBlocks(std::span<const std::size_t> indices) : indices_(indices) {}
  std::span<const std::size_t> indices() const { return indices_; }

 private:
  std::span<const std::size_t> indices_;
};

/// The indices of the blocks that a selector picks, from 0 in the tree's order.
template <class Tree, class Selector>
std::vector<std::size_t> block_indices(const Tree& tree, const Selector& selects) {
  std::vector<std::size_t> indices;
  std::size_t index = 0;
  auto add = [&](const std::string& path, const auto& block) {
    constexpr bool is_vector = std::remove_cvref_t<decltype(block)>::IsVectorAtCompileTime != 0;
    if (selects(BlockInfo{path, block.rows(), block.cols(), index, is_vector})) indices.push_back(index);
    ++index;
  };
  detail::walk_paths(add, tree, std::string());
  return indices;
}

/// Skips blocks at steps at which they have no gradient, as PyTorch does if `grad` is None.
///
///   Optimizer optimizer(model, RestAbsentBlocks{} | AdamW{.learning_rate = 1e-3});
///   optimizer.step(model, gradient, AbsentBlocks(indices));
///
/// A skipped block keeps its values, its state and its own count of steps t: its bias corrections continue
/// where they were, and intervals (every, refresh_every) count its own steps. Weight decay skips it, too.
/// Schedules use the optimizer's count. Measurements over the tree cover the blocks that are present, and
/// what a rule remembers of them (Prodigy's d) is shared by all blocks. If no block is absent, this rule
/// changes nothing.
/// Position: anywhere in a chain.
/// Memory: for each block what the rules of the chain remember besides slots of state; allocated with the
/// optimizer. A step runs on one thread.
/// Errors: std::invalid_argument for a block number outside the tree.
/// Differs from: Optax, which has no absent gradients; with a gradient of zeros, moments and weight decay
/// continue.
struct RestAbsentBlocks {
  static constexpr RuleTraits traits{.keeps_block_clocks = true};

  template <class V>
  static V update(V u, V) {
    return u;
  }
};

}  // namespace descent
