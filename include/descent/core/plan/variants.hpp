// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/expansion.hpp>

#include <cstddef>
#include <utility>

namespace descent::detail {

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
