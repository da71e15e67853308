// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/plan/expansion.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// Each way through the choices of a rule, as a list of the numbers of its leaves.

using namespace descent::detail;

namespace {

template <int tag>
struct Part {};
template <int tag>
using Leaf = LeafNode<Part<tag>, Part<tag>>;
template <class... Nodes>
using Sequence = SequenceNode<Nodes...>;
template <class... Nodes>
using OneOf = ChoiceNode<ChosenByOptions, Nodes...>;
template <std::size_t... I>
using Way = std::index_sequence<I...>;

template <class Node, class... Ways>
constexpr bool has_ways = std::is_same_v<typename VariantsBelow<Node, 0>::type, Variants<Ways...>>;

}  // namespace

TEST_CASE("without choices there is one variant: all leaves in order") {
  STATIC_REQUIRE(has_ways<Leaf<1>, Way<0>>);
  STATIC_REQUIRE(has_ways<Sequence<>, Way<>>);
  STATIC_REQUIRE(has_ways<Sequence<Leaf<1>, Sequence<Leaf<2>, Leaf<3>>>, Way<0, 1, 2>>);
}

TEST_CASE("the variants of a choice are those of its alternatives, one after the other") {
  STATIC_REQUIRE(has_ways<OneOf<Leaf<1>, Leaf<2>>, Way<0>, Way<1>>);
  STATIC_REQUIRE(has_ways<OneOf<Sequence<Leaf<1>, Leaf<2>>, Sequence<>, Leaf<3>>, Way<0, 1>, Way<>, Way<2>>);
  STATIC_REQUIRE(has_ways<OneOf<OneOf<Leaf<1>, Leaf<2>>, Leaf<3>>, Way<0>, Way<1>, Way<2>>);
}

TEST_CASE("in a sequence every variant of one choice is combined with every variant of the next") {
  using Node = Sequence<Leaf<1>, OneOf<Leaf<2>, Leaf<3>>, OneOf<Leaf<4>, Sequence<>>>;
  STATIC_REQUIRE(has_ways<Node, Way<0, 1, 3>, Way<0, 1>, Way<0, 2, 3>, Way<0, 2>>);
}

TEST_CASE("leaves are numbered from the number of the first") {
  using Node = OneOf<Leaf<1>, Sequence<Leaf<2>, Leaf<3>>>;
  STATIC_REQUIRE(std::is_same_v<VariantsBelow<Node, 5>::type, Variants<Way<5>, Way<6, 7>>>);
}
