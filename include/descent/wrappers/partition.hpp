// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/plan.hpp>
#include <descent/wrappers/selectors.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace descent {

namespace detail {
template <class Selector>
concept SelectsByBool = requires(const Selector& selector, const BlockInfo& block) {
  { selector(block) } -> std::same_as<bool>;
};

template <class First, class... Rest>
First first_of(First first, const Rest&...) {
  return first;
}
}  // namespace detail

/// Applies a different rule to each block, chosen by the selector.
///
///   partition(matrices, Muon{}, AdamW{})
///   partition(by_path("encoder"), Freeze{}, AdamW{})
///   partition([](const BlockInfo& block) { return block.rows > 1000 ? 1 : 0; }, a, b)
///
/// The constructor of the optimizer calls the selector once per block with its path, rows, columns and index.
/// The selector returns a number: 0 for the first rule, 1 for the second, ...; or, with two rules, a bool:
/// true for the first. Sums over the tree in a rule are over the blocks of that rule.
/// Ready-made selectors are in wrappers/selectors.hpp: matrices, vectors, biases, no_decay, by_path("layers[*].bias").
/// Errors: std::invalid_argument if the number is too large, or if the selector does not divide the blocks: a
/// selector that returns bool matches none, or one that returns a number returns the same for all blocks.
/// Selectors by the kind of block (matrices, vectors, biases, no_decay) and may_match_nothing(selector) may.
template <class Selector, class... Rules>
auto partition(Selector selector, Rules... rules) {
  constexpr bool selects = detail::SelectsBlocks<Selector>;
  static_assert(
      selects,
      "descent: the selector of partition() takes a const BlockInfo& and returns the number of a rule");
  static_assert((Rule<Rules> && ...), "descent: partition() takes a selector, then rules");
  if constexpr (selects) {
    static_assert(!std::is_same_v<std::invoke_result_t<const Selector&, const BlockInfo&>, bool> ||
                      sizeof...(Rules) == 2,
                  "descent: a selector that returns bool decides between exactly two rules");
    return Partition<Selector, Rules...>{std::move(selector), detail::list_of(std::move(rules)...)};
  } else {
    return detail::first_of(std::move(rules)...);  // any rule, so that there is only one error
  }
}

/// Applies the rule to the blocks that the selector chooses; does not change the update of the others.
///
///   masked([](const BlockInfo& block) { return block.is_matrix(); }, AddDecayedWeights{0.01})
template <class Selector, class Masked>
auto masked(Selector selector, Masked rule) {
  constexpr bool selects = detail::SelectsByBool<Selector>;
  static_assert(selects, "descent: the selector of masked() takes a const BlockInfo& and returns bool");
  static_assert(
      !detail::includes_learning_rate<Masked>,
      "descent: masked() would add the raw gradient to the blocks it leaves out, since this rule brings the "
      "learning rate; write partition(selector, rule, Freeze{})");
  if constexpr (selects) {
    return partition(std::move(selector), std::move(rule), Chain<>{});
  } else {
    return rule;
  }
}

}  // namespace descent
