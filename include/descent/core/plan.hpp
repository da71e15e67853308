// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/variants.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace descent::detail {

template <class Leaf>
struct OwnerOf;
template <class R, class Owner>
struct OwnerOf<LeafNode<R, Owner>> {
  static constexpr std::string_view name = type_name<Owner>();
};

template <class Nodes>
struct RulesOfLeaves;
template <class... Nodes>
struct RulesOfLeaves<std::tuple<Nodes...>> {
  using Rules = std::tuple<typename Nodes::Rule...>;
  using Memories = std::tuple<typename MemoryOf<typename Nodes::Rule>::type...>;
  static constexpr std::array<std::string_view, sizeof...(Nodes)> owners = {OwnerOf<Nodes>::name...};
};

/// A variant without the leaves that are neutral when inactive.
template <class Rules, class Sequence>
struct Lean;
template <class Rules>
struct Lean<Rules, std::index_sequence<>> {
  using type = std::index_sequence<>;
};
template <class Rules, std::size_t I, std::size_t... Rest>
struct Lean<Rules, std::index_sequence<I, Rest...>> {
  using Tail = typename Lean<Rules, std::index_sequence<Rest...>>::type;
  using type = std::conditional_t<IsNeutralWhenInactive<std::tuple_element_t<I, Rules>>, Tail,
                                  typename JoinIndices<std::index_sequence<I>, Tail>::type>;
};

/// Each variant twice: as it is, and lean.
template <class Rules, class... Sequences>
typename Concatenate<Variants<Sequences, typename Lean<Rules, Sequences>::type>...>::type with_lean(
    Variants<Sequences...>);

/// What the compiler knows of a rule: its transformations by number, and the variants among which
/// options and selectors choose. Variants with an odd number are lean: all their leaves that are
/// neutral when inactive are left out.
template <class R>
struct Plan {
  using Node = decltype(expand<void>(std::declval<const R&>()));
  using Leaves = RulesOfLeaves<decltype(leaves_below(std::declval<const Node&>()))>;
  using Rules = typename Leaves::Rules;
  using Memories = typename Leaves::Memories;

  template <std::size_t I>
  using Leaf = std::tuple_element_t<I, Rules>;

  static constexpr std::size_t leaves = std::tuple_size_v<Rules>;
  /// Whether all blocks follow the same variant.
  static constexpr bool uniform = !has_selector<Node>;
  using AllLeaves = std::make_index_sequence<leaves>;
  using AllVariants = decltype(with_lean<Rules>(typename VariantsBelow<Node, 0>::type{}));
  static_assert(variant_count<Node> <= 64,
                "descent: this rule has more than 64 combinations of choices; compose fewer options");

  static Node node(const R& rule) { return expand<void>(rule); }
  static Rules rules(const Node& node) {
    return std::apply([](const auto&... leaf) { return Rules(leaf.rule...); }, leaves_below(node));
  }

  /// The number of the variant that a block follows.
  static std::size_t variant(const Node& node, const Rules& rules, const BlockInfo& block) {
    const std::size_t full = 2 * variant_for(node, block);
    bool lean = false;
    dispatch(full, [&](auto sequence) { lean = can_be_lean(sequence, rules); });
    return full + (lean ? 1 : 0);
  }

  /// Whether two variants keep the same state.
  static bool same_state(std::size_t a, std::size_t b) { return a / 2 == b / 2; }

  /// f(index_sequence of the leaves) for variant number `variant`.
  template <class F>
  static DESCENT_INLINE void dispatch(std::size_t variant, F&& f) {
    dispatch_among(AllVariants{}, variant, f);
  }

 private:
  template <std::size_t... I>
  static bool can_be_lean(std::index_sequence<I...>, const Rules& rules) {
    return (can_be_left_out(std::get<I>(rules)) && ...);
  }
  template <class Rule>
  static bool can_be_left_out(const Rule& rule) {
    if constexpr (IsNeutralWhenInactive<Rule>) return !rule.active();
    return true;
  }

  template <class First, class... Rest, class F>
  static DESCENT_INLINE void dispatch_among(Variants<First, Rest...>, std::size_t variant, F& f) {
    if constexpr ((std::is_same_v<First, Rest> && ...)) {
      f(First{});
    } else if (variant == 0) {
      f(First{});
    } else {
      dispatch_among(Variants<Rest...>{}, variant - 1, f);
    }
  }
};

template <class P, class Variant>
struct VariantTraits;
template <class P, std::size_t... I>
struct VariantTraits<P, std::index_sequence<I...>> {
  /// State values a parameter.
  static constexpr std::size_t slots = (slot_count<typename P::template Leaf<I>> + ... + 0);
  static constexpr bool freezes = (Freezes<typename P::template Leaf<I>> || ...);
  static constexpr bool measures_blocks = (measures_block<typename P::template Leaf<I>> || ...);
  static constexpr bool has_matrix_rule = (MatrixRule<typename P::template Leaf<I>> || ...);

  /// The slots of the leaves before leaf number `leaf`.
  static constexpr std::size_t slots_before(std::size_t leaf) {
    return ((I < leaf ? slot_count<typename P::template Leaf<I>> : 0) + ... + 0);
  }
  static constexpr bool contains(std::size_t leaf) { return ((I == leaf) || ...); }

  /// Whether a rule of whole matrices comes before one that measures the tree, or sees the gradient.
  static constexpr bool measures_tree_after_matrix() {
    bool matrix = false, found = false;
    ((found = found || (matrix && measures_tree<typename P::template Leaf<I>>),
      matrix = matrix || MatrixRule<typename P::template Leaf<I>>),
     ...);
    return found;
  }
  static constexpr bool sees_gradient_after_matrix() {
    bool matrix = false, found = false;
    ((found = found || (matrix && SeesGradient<typename P::template Leaf<I>>),
      matrix = matrix || MatrixRule<typename P::template Leaf<I>>),
     ...);
    return found;
  }
};

/// The leaves of a sequence from `begin` up to, not including, `end` (leaf numbers, not positions).
template <class Sequence, std::size_t begin, std::size_t end>
struct LeavesBetween;
template <std::size_t begin, std::size_t end>
struct LeavesBetween<std::index_sequence<>, begin, end> {
  using type = std::index_sequence<>;
};
template <std::size_t I, std::size_t... Rest, std::size_t begin, std::size_t end>
struct LeavesBetween<std::index_sequence<I, Rest...>, begin, end> {
  using Tail = typename LeavesBetween<std::index_sequence<Rest...>, begin, end>::type;
  using type = std::conditional_t<(I >= begin && I < end),
                                  typename JoinIndices<std::index_sequence<I>, Tail>::type, Tail>;
};
template <class Sequence, std::size_t begin, std::size_t end>
using leaves_between = typename LeavesBetween<Sequence, begin, end>::type;

/// The number of the first matrix rule at or after leaf `from`, or the number of all leaves.
template <class P, std::size_t... I>
constexpr std::size_t next_matrix_rule(std::index_sequence<I...>, std::size_t from) {
  std::size_t found = P::leaves;
  static_cast<void>(((I >= from && MatrixRule<typename P::template Leaf<I>> ? (found = I, true) : false) || ...));
  return found;
}

template <class P, class... Sequences>
constexpr std::size_t most_slots(Variants<Sequences...>) {
  std::size_t most = 0;
  ((most = std::max(most, VariantTraits<P, Sequences>::slots)), ...);
  return most;
}

template <class P, class Predicate, class... Sequences>
constexpr bool any_variant(Variants<Sequences...>, Predicate predicate) {
  return (predicate(VariantTraits<P, Sequences>{}) || ...);
}
template <class P, class Predicate, class... Sequences>
constexpr bool every_variant(Variants<Sequences...>, Predicate predicate) {
  return (predicate(VariantTraits<P, Sequences>{}) && ...);
}

template <class R>
concept BringsLearningRate = requires { requires R::brings_learning_rate; };

template <class P, std::size_t... I>
constexpr bool any_learning_rate(std::index_sequence<I...>) {
  return (BringsLearningRate<typename P::template Leaf<I>> || ...);
}
/// Whether a rule contains ScaleByLearningRate.
template <class R>
inline constexpr bool includes_learning_rate = any_learning_rate<Plan<R>>(typename Plan<R>::AllLeaves{});

}  // namespace descent::detail
