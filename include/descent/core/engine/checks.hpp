// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/memory/binder.hpp>
#include <descent/core/plan/expansion.hpp>
#include <descent/core/plan/plan.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/core/tree/paths.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// What an optimizer refuses, and the messages. First, selectors that do not divide the blocks: a mistyped
// path would go unnoticed.

namespace descent::detail::inline DESCENT_BUILD {

/// "'weights', 'bias'": the paths of the blocks, at most 20 of them.
DESCENT_COLD inline std::string list_of_paths(const PathSource& path_of, std::size_t count) {
  constexpr std::size_t most = 20;
  std::string list;
  for (std::size_t k = 0; k < std::min(count, most); ++k)
    list += joined({k == 0 ? "'" : ", '", path_of(k), "'"});
  if (count > most) list += joined({" and ", std::to_string(count - most), " more"});
  return list;
}

[[noreturn]] DESCENT_COLD inline void fail_idle_selector(const PathSource& path_of, std::size_t count) {
  fail_invalid_argument(
      {"partition: the selector does not divide the blocks, so that one of its rules is never used; there "
       "are ",
       list_of_paths(path_of, count), "; may_match_nothing(selector) allows it"});
}
[[noreturn]] DESCENT_COLD inline void fail_idle_path(std::string_view pattern, const PathSource& path_of,
                                                     std::size_t count) {
  std::string nearest;
  for (std::size_t k = 0; k < count; ++k) {
    std::string path = path_of(k);
    if (k == 0 || edit_distance(pattern, path) < edit_distance(pattern, nearest)) nearest = std::move(path);
  }
  fail_invalid_argument({"partition: by_path(\"", pattern, "\") matches no block; the nearest is '", nearest,
                         "'; there are ", list_of_paths(path_of, count)});
}

/// The blocks of a tree whose selectors are checked.
struct SelectedBlocks {
  std::size_t count;
  const PathSource& path_of;
};
/// What stands for the number of a variant in a block that does not come to a choice.
inline constexpr std::size_t not_reached = static_cast<std::size_t>(-1);

template <class Selector>
inline constexpr bool may_stay_idle = requires { requires Selector::may_match_nothing; };

/// Refuses the selectors in a node that has some; `number_of(k)` is the variant that block k follows, counted below the
/// node. Nodes without a selector are left out before any code for them is compiled.
template <class... Nodes, class F>
void refuse_idle_selectors(const SequenceNode<Nodes...>& node, const SelectedBlocks& blocks,
                           const F& number_of);
template <class Selector, class... Nodes, class F>
void refuse_idle_selectors(const ChoiceNode<Selector, Nodes...>& node, const SelectedBlocks& blocks,
                           const F& number_of);

/// The first I nodes; `divisor` is the number of variants of the nodes after them, which count faster.
template <std::size_t I, std::size_t divisor, class List, class F>
void refuse_in_sequence(const List& nodes, const SelectedBlocks& blocks, const F& number_of) {
  if constexpr (I > 0) {
    using Node = ListedType<I - 1, List>;
    constexpr std::size_t count = variant_count<Node>;
    if constexpr (has_selector<Node>)
      refuse_idle_selectors(get<I - 1>(nodes), blocks, [&](std::size_t k) {
        const std::size_t number = number_of(k);
        return number == not_reached ? not_reached : number / divisor % count;
      });
    refuse_in_sequence<I - 1, divisor * count>(nodes, blocks, number_of);
  }
}
template <class... Nodes, class F>
void refuse_idle_selectors(const SequenceNode<Nodes...>& node, const SelectedBlocks& blocks,
                           const F& number_of) {
  refuse_in_sequence<sizeof...(Nodes), 1>(node.nodes, blocks, number_of);
}

/// Refuses a selector that gives no block its first rule, or, if it returns a number, all blocks the same rule. A
/// selector of the user's may do so with a single block, which cannot be divided.
template <class Selector>
void refuse_idle(const Selector& selector, const SelectedBlocks& blocks, std::size_t reached,
                 std::size_t in_first, std::size_t in_largest) {
  if constexpr (requires { selector.pattern; }) {
    if (reached > 0 && in_first == 0) fail_idle_path(selector.pattern, blocks.path_of, blocks.count);
  } else if constexpr (!may_stay_idle<Selector>) {
    constexpr bool decides = std::is_same_v<std::invoke_result_t<const Selector&, const BlockInfo&>, bool>;
    if (reached > 1 && (decides ? in_first == 0 : in_largest == reached))
      fail_idle_selector(blocks.path_of, blocks.count);
  }
}

template <class Selector, class... Nodes, class F>
void refuse_idle_selectors(const ChoiceNode<Selector, Nodes...>& node, const SelectedBlocks& blocks,
                           const F& number_of) {
  std::size_t first = 0, reached = 0, in_first = 0, in_largest = 0;
  const auto look_at = [&]<class Node>(const Node& alternative) {
    constexpr std::size_t count = variant_count<Node>;
    const auto number_below = [&](std::size_t k) {
      const std::size_t number = number_of(k);
      return number != not_reached && number >= first && number < first + count ? number - first
                                                                                : not_reached;
    };
    std::size_t inside = 0;
    for (std::size_t k = 0; k < blocks.count; ++k) inside += number_below(k) != not_reached ? 1U : 0U;
    if constexpr (has_selector<Node>) refuse_idle_selectors(alternative, blocks, number_below);
    in_first += first == 0 ? inside : 0;
    in_largest = std::max(in_largest, inside);
    reached += inside;
    first += count;
  };
  node.nodes.apply([&](const auto&... alternative) { (look_at(alternative), ...); });
  if constexpr (!std::is_same_v<Selector, ChosenByOptions>)
    refuse_idle(node.selector, blocks, reached, in_first, in_largest);
}

// The checks of a step before anything is written, and their messages.

DESCENT_COLD inline std::string shape_text(Eigen::Index rows, Eigen::Index columns) {
  return joined({text_of_integer(rows), "x", text_of_integer(columns)});
}

[[noreturn]] DESCENT_COLD inline void fail_moved_from(std::string_view rule) {
  fail_invalid_argument({rule, ": the optimizer was moved from"});
}
[[noreturn]] DESCENT_COLD inline void fail_lengths(std::string_view rule, bool in_gradient) {
  fail_invalid_argument(
      {rule, ": ", in_gradient ? "the gradient" : "the tree of parameters",
       " has a different number of blocks from the parameters the optimizer was made with"});
}
[[noreturn]] DESCENT_COLD inline void fail_loss(std::string_view rule, double loss) {
  fail_invalid_argument({rule, ": loss is ", text_of(loss), "; this rule uses it, hand in {.loss = ...}"});
}
[[noreturn]] DESCENT_COLD inline void fail_gradient_norm(std::string_view rule, double norm) {
  fail_invalid_argument({rule, ": gradient_norm is ", text_of(norm), ", must be at least 0"});
}

/// Throws for a gradient of rows that does not fit.
[[noreturn]] DESCENT_COLD inline void fail_rows(const std::string& block, const Mismatch& wrong,
                                                const BlockRecord& record, const std::string& values) {
  if (wrong.fault == Fault::values_of_rows)
    fail_invalid_argument({block, text_of_integer(wrong.listed), " rows with values of ", values,
                           "; each row must have one row of ", text_of_integer(record.columns), " values"});
  const std::string row = text_of_integer(wrong.listed);
  if (wrong.fault == Fault::row_order)
    fail_invalid_argument(
        {block, "row ", row, " after row ", text_of_integer(wrong.before), "; the rows must ascend"});
  fail_invalid_argument(
      {block, "row ", row, "; rows must be at least 0 and less than ", text_of_integer(record.rows)});
}

/// Throws for the first error in the trees of a step; lengths come first, then blocks in order.
[[noreturn]] DESCENT_COLD inline void fail_trees(std::string_view rule, const Mismatch& parameters,
                                                 const Mismatch& gradient, const BlockRecord* records,
                                                 const PathSource& path_of) {
  if (parameters.fault == Fault::lengths) fail_lengths(rule, false);
  if (gradient.fault == Fault::lengths) fail_lengths(rule, true);
  const bool in_gradient = gradient.block < parameters.block;
  const Mismatch& wrong = in_gradient ? gradient : parameters;
  const BlockRecord& record = records[wrong.block];
  const std::string block = joined({rule, ": block '", path_of(wrong.block), "'"});
  const std::string made = shape_text(record.rows, record.columns),
                    found = shape_text(wrong.rows, wrong.columns);
  if (wrong.fault == Fault::overlap)
    fail_invalid_argument({block,
                           " shares memory with its gradient without being the same elements in the same "
                           "order; copy the gradient first"});
  if (wrong.fault == Fault::values_of_rows || wrong.fault == Fault::row_range ||
      wrong.fault == Fault::row_order)
    fail_rows(joined({block, " is ", made, ", its gradient lists "}), wrong, record, found);
  const bool transposed = record.rows == wrong.columns && record.columns == wrong.rows;
  const char* const hint = transposed ? " (transposed?)" : "";
  if (in_gradient) fail_invalid_argument({block, " is ", made, ", its gradient is ", found, hint});
  fail_invalid_argument({block, " is ", found, ", but was ", made, " when the optimizer was made", hint});
}

/// Whether two blocks share elements; exact for contiguous blocks.
inline bool share_elements(const BlockRecord& first, const BlockLayout& layout, const BlockRecord& second,
                           std::size_t element) {
  if (first.parameters == second.parameters) return true;
  const bool one_piece = first.layout == Layout::contiguous ||
                         (layout.inner == 1 && layout.outer == static_cast<Eigen::Index>(first.inner_size()));
  return one_piece && static_cast<const char*>(first.parameters) + first.size * element >
                          static_cast<const char*>(second.parameters);
}

/// Refuses a tree that contains a block twice, which would be stepped twice. `order` is scratch for sorting.
/// `element_sizes`: the bytes of an element of each element type.
DESCENT_COLD inline void refuse_shared_blocks(std::string_view rule, const BlockRecord* records,
                                              const BlockLayout* layouts, std::size_t count,
                                              std::uint32_t* order, const std::size_t* element_sizes,
                                              const PathSource& path_of) {
  std::size_t filled = 0;
  for (std::size_t k = 0; k < count; ++k)
    if (records[k].size > 0) order[filled++] = static_cast<std::uint32_t>(k);
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    const auto first = reinterpret_cast<std::uintptr_t>(records[a].parameters),
               second = reinterpret_cast<std::uintptr_t>(records[b].parameters);
    return first != second ? first < second : a < b;
  };
  for (std::size_t gap = filled / 2; gap > 0; gap /= 2)  // Shell sort: blocks are mostly in order already
    for (std::size_t k = gap; k < filled; ++k)
      for (std::size_t j = k; j >= gap && before(order[j], order[j - gap]); j -= gap)
        std::swap(order[j], order[j - gap]);
  for (std::size_t k = 1; k < filled; ++k) {
    const BlockRecord &first = records[order[k - 1]], &second = records[order[k]];
    if (!share_elements(first, layouts[order[k - 1]], second, element_sizes[first.scalar])) continue;
    const auto both = std::minmax(order[k - 1], order[k]);
    fail_invalid_argument(
        {rule, ": blocks '", path_of(both.first), "' and '", path_of(both.second),
         "' share memory; a block may stand in the tree only once, or it would be stepped twice"});
  }
}

[[noreturn]] DESCENT_COLD inline void fail_sparse(std::string_view rule, const std::string& path) {
  fail_invalid_argument(
      {rule, ": block '", path,
       "' has a sparse gradient, but with these options the rule needs whole ones: it measures "
       "blocks or remembers where each parameter started"});
}
[[noreturn]] DESCENT_COLD inline void fail_absent(std::string_view rule, std::size_t block,
                                                  std::size_t count) {
  fail_invalid_argument({rule, ": the absent block ", text_of_integer(static_cast<std::int64_t>(block)),
                         " is not among the ", text_of_integer(static_cast<std::int64_t>(count)),
                         " blocks of the tree"});
}
[[noreturn]] DESCENT_COLD inline void fail_other_state(const std::string& path, bool frozen_from_the_start) {
  if (frozen_from_the_start)
    fail_invalid_argument(
        {"set_rule: block '", path,
         "' was frozen when the optimizer was made, so that it has no state; make a new one, or "
         "make it with the block in use and freeze it with set_rule"});
  fail_invalid_argument(
      {"set_rule: the new options need other state for block '", path, "'; make a new optimizer"});
}

template <class P, std::size_t... I>
constexpr auto leaves_that_refuse_vectors(std::index_sequence<I...>) {
  return std::array<bool, sizeof...(I)>{
      (MatrixRule<typename P::template Leaf<I>> && !TakesVectors<typename P::template Leaf<I>>)...};
}
/// Refuses a vector block that a selector assigned to a rule of whole matrices.
template <class P>
[[noreturn]] DESCENT_COLD void fail_vector_block(const VariantInfo& info, const BlockInfo& block) {
  constexpr auto refuses = leaves_that_refuse_vectors<P>(typename P::AllLeaves{});
  std::string_view name;
  for (std::size_t leaf = 0; leaf < refuses.size(); ++leaf)
    if (name.empty() && refuses[leaf] && info.contains(leaf)) name = P::Leaves::owners[leaf];
  fail_invalid_argument({name, ": block '", block.path, "' is a vector of ",
                         text_of_integer(block.rows * block.columns),
                         "; the rule works on matrices: give the block another rule in partition()"});
}

}  // namespace descent::detail::inline DESCENT_BUILD
