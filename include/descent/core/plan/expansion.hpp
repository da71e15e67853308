// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

// From a rule as the user wrote it to the transformations it stands for, with the choices among them.
// A variant is one way through all choices; they are listed as types at the end.

namespace descent::detail {

/// A transformation; Owner is the recipe that the user wrote, whose name errors carry. Nodes know the types of the
/// rules and what was chosen among them; the rules themselves are copied once, by collect_rules.
template <class R, class Owner>
struct LeafNode {
  using Rule = R;
};

template <class... Nodes>
struct SequenceNode {
  RuleList<Nodes...> nodes;
};

/// Alternatives of which the options or, with a selector of the user, each block decide for one.
template <class Selector, class... Nodes>
struct ChoiceNode {
  Selector selector;
  RuleList<Nodes...> nodes;
};

struct ChosenByOptions {
  std::size_t chosen;
};

template <class Owner, class R>
DESCENT_INLINE auto expand(const R& rule);

// Only in bodies: g++ 12 cannot write it into the name of a function.
template <class Owner, class R>
using NodeOf = decltype(expand<Owner>(std::declval<const R&>()));

template <class Owner, std::size_t... place, class... Rules>
DESCENT_INLINE auto expand_all(
    [[maybe_unused]] const RuleListOf<std::index_sequence<place...>, Rules...>& rules) {
  return RuleList<NodeOf<Owner, Rules>...>{{expand<Owner>(get<place>(rules))}...};
}

template <class Owner, class... Rules>
DESCENT_INLINE auto expand_chain(const Chain<Rules...>& chain) {
  return SequenceNode<NodeOf<Owner, Rules>...>{expand_all<Owner>(chain.rules)};
}
template <class Owner, class Selector, class... Rules>
DESCENT_INLINE auto expand_chain(const Partition<Selector, Rules...>& partition) {
  return ChoiceNode<Selector, NodeOf<Owner, Rules>...>{partition.selector,
                                                       expand_all<Owner>(partition.rules)};
}
template <class Owner, class... Rules>
DESCENT_INLINE auto expand_chain(const Choice<Rules...>& choice) {
  return ChoiceNode<ChosenByOptions, NodeOf<Owner, Rules>...>{{choice.chosen},
                                                              expand_all<Owner>(choice.rules)};
}

template <class Owner, class R>
DESCENT_INLINE auto expand(const R& rule) {
  using Name = std::conditional_t<std::is_void_v<Owner>, R, Owner>;
  if constexpr (is_chain<R>) {
    return expand_chain<Owner>(rule);
  } else if constexpr (IsRecipe<R>) {
    return expand<Name>(rule.chain());
  } else if constexpr (CanBeSwitchedOff<R>) {
    return ChoiceNode<ChosenByOptions, LeafNode<R, Name>, SequenceNode<>>{{rule.active() ? 0U : 1U}, {}};
  } else {
    return LeafNode<R, Name>{};
  }
}

/// The types of all leaves below a node, in order.
template <class... Leaves>
struct LeafList {};
template <class... Lists>
struct JoinLeaves {
  using type = LeafList<>;
};
template <class... A>
struct JoinLeaves<LeafList<A...>> {
  using type = LeafList<A...>;
};
template <class... A, class... B, class... Rest>
struct JoinLeaves<LeafList<A...>, LeafList<B...>, Rest...> : JoinLeaves<LeafList<A..., B...>, Rest...> {};

template <class Node>
struct LeavesBelow;
template <class R, class Owner>
struct LeavesBelow<LeafNode<R, Owner>> {
  using type = LeafList<LeafNode<R, Owner>>;
};
template <class... Nodes>
struct LeavesBelow<SequenceNode<Nodes...>> : JoinLeaves<typename LeavesBelow<Nodes>::type...> {};
template <class Selector, class... Nodes>
struct LeavesBelow<ChoiceNode<Selector, Nodes...>> : JoinLeaves<typename LeavesBelow<Nodes>::type...> {};

template <class Node>
inline constexpr std::size_t leaf_count = 1;
template <class... Nodes>
inline constexpr std::size_t leaf_count<SequenceNode<Nodes...>> = (leaf_count<Nodes> + ... + 0);
template <class Selector, class... Nodes>
inline constexpr std::size_t leaf_count<ChoiceNode<Selector, Nodes...>> = (leaf_count<Nodes> + ... + 0);

/// Copies the rule of every leaf of a rule into a list; the first of them has number `first`. Node is what the rule
/// expands to.
template <std::size_t first, class Node, class R, class Rules>
DESCENT_INLINE void collect_rules(const R& rule, Rules& rules);

template <std::size_t I, std::size_t first, class Nodes, class List, class Rules>
DESCENT_INLINE void collect_from(const List& list, Rules& rules) {
  if constexpr (I < List::count) {
    using Node = ListedType<I, Nodes>;
    collect_rules<first, Node>(get<I>(list), rules);
    collect_from<I + 1, first + leaf_count<Node>, Nodes>(list, rules);
  }
}
template <std::size_t first, class Node, class R, class Rules>
DESCENT_INLINE void collect_rules(const R& rule, Rules& rules) {
  if constexpr (is_chain<R>) {
    collect_from<0, first, decltype(Node::nodes)>(rule.rules, rules);
  } else if constexpr (IsRecipe<R>) {
    collect_rules<first, Node>(rule.chain(), rules);
  } else {
    get<first>(rules) = rule;
  }
}

template <class Node>
inline constexpr bool has_selector = false;
template <class... Nodes>
inline constexpr bool has_selector<SequenceNode<Nodes...>> = (has_selector<Nodes> || ...);
template <class Selector, class... Nodes>
inline constexpr bool has_selector<ChoiceNode<Selector, Nodes...>> =
    !std::is_same_v<Selector, ChosenByOptions> || (has_selector<Nodes> || ...);

template <class Node>
inline constexpr std::size_t variant_count = 1;
template <class... Nodes>
inline constexpr std::size_t variant_count<SequenceNode<Nodes...>> = (variant_count<Nodes> * ... * 1);
template <class Selector, class... Nodes>
inline constexpr std::size_t variant_count<ChoiceNode<Selector, Nodes...>> = (variant_count<Nodes> + ... + 0);

/// The number of the variant that a block follows; counts as VariantsBelow lists them.
template <class R, class Owner>
DESCENT_INLINE std::size_t variant_for(const LeafNode<R, Owner>&, const BlockInfo&) {
  return 0;
}
template <class... Nodes>
DESCENT_INLINE std::size_t variant_for(const SequenceNode<Nodes...>& node, const BlockInfo& block);
template <class Selector, class... Nodes>
DESCENT_INLINE std::size_t variant_for(const ChoiceNode<Selector, Nodes...>& node, const BlockInfo& block);

template <class Selector>
DESCENT_INLINE std::size_t chosen_alternative(const Selector& selector, std::size_t alternatives,
                                              const BlockInfo& block) {
  if constexpr (std::is_same_v<Selector, ChosenByOptions>) {
    return selector.chosen;
  } else if constexpr (std::is_same_v<std::invoke_result_t<const Selector&, const BlockInfo&>, bool>) {
    return selector(block) ? 0 : 1;
  } else {
    const auto chosen = selector(block);
    if (chosen < 0 || static_cast<std::size_t>(chosen) >= alternatives)
      fail_invalid_argument("partition: the selector returned " + std::to_string(chosen) + " for block '" +
                            block.path + "', must be at least 0 and less than " +
                            std::to_string(alternatives));
    return static_cast<std::size_t>(chosen);
  }
}

template <class Tuple, std::size_t... I>
DESCENT_INLINE std::size_t sequence_variant(const Tuple& nodes, const BlockInfo& block,
                                            std::index_sequence<I...>) {
  std::size_t number = 0;
  ((number = number * variant_count<ListedType<I, Tuple>> + variant_for(get<I>(nodes), block)), ...);
  return number;
}
template <class... Nodes>
DESCENT_INLINE std::size_t variant_for(const SequenceNode<Nodes...>& node, const BlockInfo& block) {
  return sequence_variant(node.nodes, block, std::index_sequence_for<Nodes...>());
}

template <class Tuple, std::size_t... I>
DESCENT_INLINE std::size_t choice_variant(const Tuple& nodes, std::size_t chosen, const BlockInfo& block,
                                          std::index_sequence<I...>) {
  std::size_t number = 0;
  ((number += I < chosen    ? variant_count<ListedType<I, Tuple>>
              : I == chosen ? variant_for(get<I>(nodes), block)
                            : 0),
   ...);
  return number;
}
template <class Selector, class... Nodes>
DESCENT_INLINE std::size_t variant_for(const ChoiceNode<Selector, Nodes...>& node, const BlockInfo& block) {
  return choice_variant(node.nodes, chosen_alternative(node.selector, sizeof...(Nodes), block), block,
                        std::index_sequence_for<Nodes...>());
}

// Variants: a list of index sequences, each one way through the choices.
template <class... Sequences>
struct Variants {};

template <class A, class B>
struct JoinIndices;
template <std::size_t... I, std::size_t... J>
struct JoinIndices<std::index_sequence<I...>, std::index_sequence<J...>> {
  using type = std::index_sequence<I..., J...>;
};

template <class... Lists>
struct Concatenate {
  using type = Variants<>;
};
template <class... A>
struct Concatenate<Variants<A...>> {
  using type = Variants<A...>;
};
template <class... A, class... B, class... Rest>
struct Concatenate<Variants<A...>, Variants<B...>, Rest...> : Concatenate<Variants<A..., B...>, Rest...> {};

/// Every head followed by every tail.
template <class Heads, class Tails>
struct EachHeadWithEachTail;
template <class... Heads, class... Tails>
struct EachHeadWithEachTail<Variants<Heads...>, Variants<Tails...>> {
  template <class Head>
  using WithHead = Variants<typename JoinIndices<Head, Tails>::type...>;
  using type = typename Concatenate<WithHead<Heads>...>::type;
};

template <class Node, std::size_t First>
struct VariantsBelow;
template <class R, class Owner, std::size_t First>
struct VariantsBelow<LeafNode<R, Owner>, First> {
  using type = Variants<std::index_sequence<First>>;
};
template <std::size_t First>
struct VariantsBelow<SequenceNode<>, First> {
  using type = Variants<std::index_sequence<>>;
};
template <class Node, class... Rest, std::size_t First>
struct VariantsBelow<SequenceNode<Node, Rest...>, First> {
  using type = typename EachHeadWithEachTail<
      typename VariantsBelow<Node, First>::type,
      typename VariantsBelow<SequenceNode<Rest...>, First + leaf_count<Node>>::type>::type;
};
template <class Selector, std::size_t First>
struct VariantsBelow<ChoiceNode<Selector>, First> {
  using type = Variants<>;
};
template <class Selector, class Node, class... Rest, std::size_t First>
struct VariantsBelow<ChoiceNode<Selector, Node, Rest...>, First> {
  using type = typename Concatenate<
      typename VariantsBelow<Node, First>::type,
      typename VariantsBelow<ChoiceNode<Selector, Rest...>, First + leaf_count<Node>>::type>::type;
};

}  // namespace descent::detail
