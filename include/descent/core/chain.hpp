// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/value_list.hpp>
#include <descent/core/rule.hpp>
#include <descent/core/rule_traits.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

// Composition of rules: chains, choices by option, choices by block. All are values that store the rules as
// the user wrote them; plan/expansion.hpp expands them.

namespace descent {

/// Rules in sequence: each receives the update of the one before it. Made by `a | b`.
template <class... Rules>
struct Chain {
  detail::RuleList<Rules...> rules;
};

/// Rules chosen by block: the selector chooses one for each. Made by `partition` and `masked`.
template <class Selector, class... Rules>
struct Partition {
  Selector selector;
  detail::RuleList<Rules...> rules;
};

/// Rules chosen by option: only rule number `chosen` is used. Made by `either` and `choose`.
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

/// The rules of a chain as a list; for any other rule, a list of one.
template <class Rule>
struct AsChain {
  using List = RuleList<Rule>;
  template <std::size_t>
  static DESCENT_INLINE const Rule& part(const Rule& rule) {
    return rule;
  }
};
template <class... Rules>
struct AsChain<Chain<Rules...>> {
  using List = RuleList<Rules...>;
  template <std::size_t place>
  static DESCENT_INLINE const auto& part(const Chain<Rules...>& chain) {
    return get<place>(chain.rules);
  }
};

// Copies each rule once, into its place: passing chains by value would copy every schedule several times.
template <class... First, std::size_t... I, class... Second, std::size_t... J, class A, class B>
DESCENT_COLD Chain<First..., Second...> join_parts(const RuleListOf<std::index_sequence<I...>, First...>*,
                                                   const RuleListOf<std::index_sequence<J...>, Second...>*,
                                                   const A& first, const B& second) {
  return {{{AsChain<A>::template part<I>(first)}..., {AsChain<B>::template part<J>(second)}...}};
}
// The frequent cases, `rule | rule` and `chain | rule`, which instantiate less.
template <class A, class B>
DESCENT_COLD Chain<A, B> join_two(const A& first, const B& second) {
  return {{{first}, {second}}};
}
template <class... First, std::size_t... I, class B>
DESCENT_COLD Chain<First..., B> append_rule(
    [[maybe_unused]] const RuleListOf<std::index_sequence<I...>, First...>& first, const B& second) {
  return {{{get<I>(first)}..., {second}}};
}
template <class R>
inline constexpr bool is_sequence = false;
template <class... Rules>
inline constexpr bool is_sequence<Chain<Rules...>> = true;

/// The type of `first | second`. It is computed here, not deduced from the operator, so that a recipe's `chain` does
/// not compile the copies of all its parts where it is only declared.
template <class A, class B>
struct JoinedChain {
  using type = Chain<A, B>;
};
template <class... First, class B>
struct JoinedChain<Chain<First...>, B> {
  using type = Chain<First..., B>;
};
template <class A, class... Second>
struct JoinedChain<A, Chain<Second...>> {
  using type = Chain<A, Second...>;
};
template <class... First, class... Second>
struct JoinedChain<Chain<First...>, Chain<Second...>> {
  using type = Chain<First..., Second...>;
};

template <class A, class B>
DESCENT_INLINE typename JoinedChain<A, B>::type join_chains(const A& first, const B& second) {
  if constexpr (is_sequence<B>) {
    return join_parts(static_cast<const typename AsChain<A>::List*>(nullptr),
                      static_cast<const typename AsChain<B>::List*>(nullptr), first, second);
  } else if constexpr (is_sequence<A>) {
    return append_rule(first.rules, second);
  } else {
    return join_two(first, second);
  }
}
inline Chain<> chain_all() { return {}; }
template <class First, class... Rest>
auto chain_all(const First& first, const Rest&... rest) {
  return join_chains(first, chain_all(rest...));
}

template <class Selector>
concept SelectsBlocks = requires(const Selector& selector, const BlockInfo& block) {
  { selector(block) } -> std::convertible_to<std::size_t>;
};
}  // namespace detail

/// Rules in sequence, like `a | b | ...`. Needed if none of the rules comes from descent: the compiler then
/// does not find the operator.
template <class... Rules>
auto chain(const Rules&... rules) {
  static_assert((Rule<Rules> && ...),
                "descent: chain() takes rules: transformations, recipes, or compositions of them");
  return detail::chain_all(rules...);
}

/// Applies `first`, then `second` to its update.
template <class First, class Second>
  requires Rule<First> && Rule<Second>
DESCENT_INLINE typename detail::JoinedChain<First, Second>::type operator|(const First& first,
                                                                           const Second& second) {
  return detail::join_chains(first, second);
}

/// Rule number `chosen`, for recipes whose options choose among forms with different state.
template <Rule... Rules>
DESCENT_COLD Choice<Rules...> choose(std::size_t chosen, const Rules&... rules) {
  return {chosen, {{rules}...}};
}

/// `yes` if the condition holds, else `no`: for recipes whose options decide between two forms.
template <Rule Yes, Rule No>
DESCENT_INLINE Choice<Yes, No> either(bool condition, const Yes& yes, const No& no) {
  return choose(condition ? 0U : 1U, yes, no);
}

/// The rule if the condition holds, else nothing: for parts of recipes that an option switches on.
template <Rule R>
DESCENT_INLINE Choice<R, Chain<>> optional(const R& rule, bool condition) {
  return choose(condition ? 0U : 1U, rule, Chain<>{});
}

}  // namespace descent
