// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/plan/expansion.hpp>
#include <descent/wrappers/partition.hpp>

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>

// From a rule as the user wrote it to a tree of transformations and choices.

using namespace descent;
using namespace descent::detail;

namespace {

/// A transformation; the tag tells two of them apart.
template <int tag>
struct Part {
  int value = tag;
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

struct Recipe {
  auto chain() const { return Part<1>{10} | Part<2>{20}; }
};
struct RecipeOfRecipes {
  bool first = true;
  auto chain() const { return either(first, Recipe{}, Part<3>{30}) | Part<4>{40}; }
};

BlockInfo block_number(std::size_t index) {
  return {.path = "block" + std::to_string(index), .rows = 2, .columns = 2, .index = index};
}

/// Chooses by the number of the block.
const auto by_number = [](const BlockInfo& block) { return static_cast<int>(block.index); };

template <class R>
std::size_t variant_of(const R& rule, std::size_t block = 0) {
  return variant_for(expand<void>(rule), block_number(block));
}

template <class R>
constexpr std::size_t leaves = leaf_count<decltype(expand<void>(std::declval<R>()))>;
template <class R>
constexpr std::size_t variants = variant_count<decltype(expand<void>(std::declval<R>()))>;

}  // namespace

TEST_CASE("a transformation is a leaf, owned by itself; parts of a recipe are owned by what the user wrote") {
  STATIC_REQUIRE(std::is_same_v<decltype(expand<void>(Part<1>{})), LeafNode<Part<1>, Part<1>>>);
  STATIC_REQUIRE(std::is_same_v<decltype(expand<void>(Recipe{})),
                                SequenceNode<LeafNode<Part<1>, Recipe>, LeafNode<Part<2>, Recipe>>>);
  using Outer = RecipeOfRecipes;
  STATIC_REQUIRE(std::is_same_v<LeavesBelow<decltype(expand<void>(Outer{}))>::type,
                                LeafList<LeafNode<Part<1>, Outer>, LeafNode<Part<2>, Outer>,
                                         LeafNode<Part<3>, Outer>, LeafNode<Part<4>, Outer>>>);
}

TEST_CASE("leaves and variants are counted: sequences multiply variants, choices add them") {
  CHECK(leaves<Part<1>> == 1);
  CHECK(variants<Part<1>> == 1);
  CHECK(leaves<Chain<>> == 0);
  CHECK(variants<Chain<>> == 1);
  CHECK(leaves<RecipeOfRecipes> == 4);
  CHECK(variants<RecipeOfRecipes> == 2);
  using Both = decltype(RecipeOfRecipes{} | RecipeOfRecipes{});
  CHECK(leaves<Both> == 8);
  CHECK(variants<Both> == 4);
  using Three = decltype(partition(by_number, RecipeOfRecipes{}, Part<1>{}, Recipe{}));
  CHECK(leaves<Three> == 7);
  CHECK(variants<Three> == 4);
}

TEST_CASE("the rules of the leaves are collected in order, chosen or not") {
  RuleList<Part<1>, Part<2>, Part<3>, Part<4>> rules;
  const RecipeOfRecipes rule{.first = false};
  collect_rules<0, decltype(expand<void>(rule))>(rule, rules);
  CHECK(get<0>(rules).value == 10);
  CHECK(get<1>(rules).value == 20);
  CHECK(get<2>(rules).value == 30);
  CHECK(get<3>(rules).value == 40);
}

TEST_CASE("options choose a variant for all blocks, a selector one for each block") {
  CHECK(variant_of(RecipeOfRecipes{.first = true}) == 0);
  CHECK(variant_of(RecipeOfRecipes{.first = false}) == 1);
  // Variants are numbered like digits: those of the last part change first.
  const RecipeOfRecipes yes{.first = true}, no{.first = false};
  CHECK(variant_of(yes | no) == 1);
  CHECK(variant_of(no | yes) == 2);
  CHECK(variant_of(no | no) == 3);
  // An alternative with two variants comes first, so that the next alternative is number 2.
  const auto rule = partition(by_number, no, Part<1>{}, Recipe{});
  CHECK(variant_of(rule, 0) == 1);
  CHECK(variant_of(rule, 1) == 2);
  CHECK(variant_of(rule, 2) == 3);
  const auto by_bool =
      partition([](const BlockInfo& block) { return block.index == 1; }, Part<1>{}, Part<2>{});
  CHECK(variant_of(by_bool, 1) == 0);
  CHECK(variant_of(by_bool, 0) == 1);
}

TEST_CASE("whether blocks are told apart is known from the type") {
  STATIC_REQUIRE_FALSE(has_selector<decltype(expand<void>(RecipeOfRecipes{}))>);
  STATIC_REQUIRE(has_selector<decltype(expand<void>(Recipe{} | partition(by_number, Part<1>{}, Part<2>{})))>);
}

TEST_CASE("a selector that chooses a rule that is not there is refused") {
  const auto rule = partition([](const BlockInfo& block) { return static_cast<int>(block.index) - 1; },
                              Part<1>{}, Part<2>{});
  const auto message = [&](std::size_t block) { return test::refusal_of([&] { variant_of(rule, block); }); };
  CHECK(message(1) == "");
  CHECK(message(2) == "");
  CHECK(
      message(0) ==
      "descent: partition: the selector returned -1 for block 'block0', must be at least 0 and less than 2");
  CHECK(message(3) ==
        "descent: partition: the selector returned 2 for block 'block3', must be at least 0 and less than 2");
}
