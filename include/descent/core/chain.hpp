// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/block_info.hpp>
#include <descent/core/rule.hpp>
#include <descent/core/base/value_list.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

// Composition of rules: chains, choices by option, choices by block. All are values that keep the
// rules as they were written; plan.hpp expands them.

namespace descent {

/// Rules one after the other: the update of each is what the next one gets. Made by `a | b`.
template <class... Rules>
struct Chain {
  detail::RuleList<Rules...> rules;
};

/// Rules of which each block follows one; made by `partition` and `masked`.
template <class Selector, class... Rules>
struct Partition {
  Selector selector;
  detail::RuleList<Rules...> rules;
};

/// Rules of which one is followed, chosen by the options; made by `either` and `choose`.
template <class... Rules>
struct Choice {
  std::size_t chosen;
  detail::RuleList<Rules...> rules;
};

namespace detail {
template <class... Rules>
inline constexpr bool is_chain<Chain<Rules...>> = true;
template <class Selector, class... Rules>
inline constexpr bool is_chain<Partition<Selector, Rules...>> = true;
template <class... Rules>
inline constexpr bool is_chain<Choice<Rules...>> = true;

template <class Rule>
Chain<Rule> as_chain(Rule rule) {
  return {list_of(std::move(rule))};
}
template <class... Rules>
Chain<Rules...> as_chain(Chain<Rules...> chain) {
  return chain;
}

template <class... First, class... Second>
Chain<First..., Second...> join_chains(Chain<First...> first, Chain<Second...> second) {
  return {join_lists(std::move(first.rules), std::move(second.rules))};
}
inline Chain<> chain_all() { return {}; }
template <class First, class... Rest>
auto chain_all(First first, Rest... rest) {
  return join_chains(as_chain(std::move(first)), chain_all(std::move(rest)...));
}

template <class Selector>
concept SelectsBlocks = requires(const Selector& selector, const BlockInfo& block) {
  { selector(block) } -> std::convertible_to<std::size_t>;
};
}  // namespace detail

/// Rules one after the other, as `a | b | ...`; needed where none of them comes from descent, since
/// then the compiler finds no operator.
template <class... Rules>
auto chain(Rules... rules) {
  static_assert((Rule<Rules> && ...),
                "descent: chain() takes rules: transformations, recipes, or compositions of them");
  return detail::chain_all(std::move(rules)...);
}

/// First `first`, then `second` on its update.
template <class First, class Second>
  requires Rule<First> && Rule<Second>
auto operator|(First first, Second second) {
  return detail::join_chains(detail::as_chain(std::move(first)), detail::as_chain(std::move(second)));
}

/// Rule number `chosen`, for recipes whose options decide between forms with different state.
template <Rule... Rules>
Choice<Rules...> choose(std::size_t chosen, Rules... rules) {
  return {chosen, detail::list_of(std::move(rules)...)};
}

/// `yes` where the condition holds, else `no`: for recipes whose options decide between two forms.
template <Rule Yes, Rule No>
Choice<Yes, No> either(bool condition, Yes yes, No no) {
  return choose(condition ? 0U : 1U, std::move(yes), std::move(no));
}

}  // namespace descent
