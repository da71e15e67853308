// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/expansion.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>

namespace descent {
struct StateLikeParameters;  // state/blocks.hpp
}

namespace descent::detail {

template <class Leaf>
struct OwnerOf;
template <class R, class Owner>
struct OwnerOf<LeafNode<R, Owner>> {
  using type = Owner;
  static constexpr std::string_view name = type_name<Owner>();
};

template <class List>
struct RulesOfLeaves;
template <class... Leaves>
struct RulesOfLeaves<LeafList<Leaves...>> {
  using Rules = RuleList<typename Leaves::Rule...>;
  using RuleStates = RuleList<typename RuleStateOf<typename Leaves::Rule>::type...>;
  using BlockStates = RuleList<typename BlockStateOf<typename Leaves::Rule>::type...>;
  static constexpr std::array<std::string_view, sizeof...(Leaves)> owners = {OwnerOf<Leaves>::name...};
  /// The leaves of a recipe that the user wrote, a bit for each.
  template <class Owner>
  static constexpr std::uint64_t owned_by() {
    std::uint64_t bits = 0, bit = 1;
    ((bits |= std::is_same_v<Owner, typename OwnerOf<Leaves>::type> ? bit : 0, bit <<= 1), ...);
    return bits;
  }
};

/// What the compiler knows of a rule: its transformations by number, and the variants among which
/// options and selectors choose.
template <class R, class StateStorage = StateLikeParameters>
struct Plan {
  using Rule = R;
  using Storage = StateStorage;
  using Node = decltype(expand<void>(std::declval<const R&>()));
  using Leaves = RulesOfLeaves<typename LeavesBelow<Node>::type>;
  using Rules = typename Leaves::Rules;
  using RuleStates = typename Leaves::RuleStates;
  using BlockStates = typename Leaves::BlockStates;

  template <std::size_t I>
  using Leaf = ListedType<I, Rules>;

  static constexpr std::size_t leaves = Leaves::owners.size();
  static constexpr std::size_t variants = variant_count<Node>;
  /// Whether all blocks follow the same variant.
  static constexpr bool uniform = !has_selector<Node>;
  using AllLeaves = std::make_index_sequence<leaves>;
  using AllVariants = typename VariantsBelow<Node, 0>::type;
  static_assert(variants <= 64,
                "descent: this rule has more than 64 combinations of choices; compose fewer options");

  static DESCENT_COLD Node node(const R& rule) { return expand<void>(rule); }
  static DESCENT_COLD Rules rules(const R& rule) {
    Rules collected;
    collect_rules<0, Node>(rule, collected);
    return collected;
  }

  /// f(index_sequence of the leaves) for variant number `variant`.
  template <class F>
  static DESCENT_INLINE void dispatch(std::size_t variant, F&& f) {
    dispatch_among(AllVariants{}, variant, f);
  }

 private:
  template <class First, class... Rest, class F>
  static DESCENT_INLINE void dispatch_among(Variants<First, Rest...>, std::size_t variant, F& f) {
    [[maybe_unused]] std::size_t number = 0;
    if (!((variant == ++number ? (f(Rest{}), true) : false) || ...)) f(First{});
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
  static constexpr bool remembers_start = (RemembersStart<typename P::template Leaf<I>> || ...);
  static constexpr bool refuses_vectors =
      ((MatrixRule<typename P::template Leaf<I>> && !TakesVectors<typename P::template Leaf<I>>) || ...);

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

template <class P, std::size_t... I>
constexpr bool any_block_clocks(std::index_sequence<I...>) {
  return (KeepsBlockClocks<typename P::template Leaf<I>> || ...);
}

/// What is known of a variant, as numbers: code that uses them is compiled once for all variants.
struct VariantInfo {
  std::uint64_t leaves = 0;  // a bit for each
  std::size_t slots = 0, first_matrix_leaf = 0;
  bool freezes = false, whole = false, refuses_vectors = false, takes_sparse_gradients = true;
  /// Whether its blocks have constants of their own.
  bool own_constants = false;

  constexpr bool contains(std::size_t leaf) const { return !freezes && (leaves >> leaf & 1) != 0; }
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
  static_cast<void>(
      ((I >= from && MatrixRule<typename P::template Leaf<I>> ? (found = I, true) : false) || ...));
  return found;
}

template <class P, std::size_t... I>
constexpr VariantInfo info_of_variant(std::index_sequence<I...> variant) {
  using Traits = VariantTraits<P, std::index_sequence<I...>>;
  VariantInfo info;
  info.leaves = ((std::uint64_t{1} << I) | ... | 0);
  info.freezes = Traits::freezes;
  info.slots = Traits::freezes ? 0 : Traits::slots;
  info.first_matrix_leaf = next_matrix_rule<P>(variant, 0);
  info.whole = Traits::has_matrix_rule && !Traits::freezes;
  info.refuses_vectors = Traits::refuses_vectors;
  info.takes_sparse_gradients =
      Traits::freezes || !(Traits::measures_blocks || Traits::has_matrix_rule || Traits::remembers_start);
  info.own_constants = Traits::measures_blocks || any_block_clocks<P>(typename P::AllLeaves{});
  return info;
}
template <class P, class... Sequences>
constexpr auto infos_of(Variants<Sequences...>) {
  return std::array<VariantInfo, sizeof...(Sequences)>{info_of_variant<P>(Sequences{})...};
}
template <class P>
inline constexpr auto variant_infos = infos_of<P>(typename P::AllVariants{});

/// The state of a leaf: its names, as one list, and its values a parameter.
struct LeafInfo {
  const char* state_names;
  std::size_t slots;
};
template <class R>
constexpr LeafInfo info_of_leaf() {
  if constexpr (HasState<R>) return {R::state_names(), slot_count<R>};
  return {"", 0};
}
template <class P, std::size_t... I>
constexpr auto infos_of_leaves(std::index_sequence<I...>) {
  return std::array<LeafInfo, sizeof...(I)>{info_of_leaf<typename P::template Leaf<I>>()...};
}
template <class P>
inline constexpr auto leaf_infos = infos_of_leaves<P>(typename P::AllLeaves{});

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

template <class P, std::size_t... I>
constexpr bool any_learning_rate(std::index_sequence<I...>) {
  return (BringsLearningRate<typename P::template Leaf<I>> || ...);
}
/// Whether a rule contains ScaleByLearningRate.
template <class R>
inline constexpr bool includes_learning_rate = any_learning_rate<Plan<R>>(typename Plan<R>::AllLeaves{});

template <class P, std::size_t... I>
constexpr std::string_view name_among(std::index_sequence<I...>) {
  std::string_view name = "Optimizer";
  ((name = I == 0 ? P::Leaves::owners[I] : name), ...);
  static_cast<void>(
      ((BringsLearningRate<typename P::template Leaf<I>> ? (name = P::Leaves::owners[I], true) : false) ||
       ...));
  return name;
}

template <class P>
inline constexpr std::string_view name_of_rule = name_among<P>(typename P::AllLeaves{});
/// The name for errors that concern the whole rule: of the part that brings the learning rate.
template <class P>
constexpr std::string_view rule_name() {
  return name_of_rule<P>;
}

/// The index of the first that is true; their number if none is.
constexpr std::size_t first_true(std::initializer_list<bool> conditions) {
  return static_cast<std::size_t>(std::find(conditions.begin(), conditions.end(), true) - conditions.begin());
}

template <class P, std::size_t... I>
constexpr std::size_t leaf_that_changes_objective(std::index_sequence<I...>) {
  return first_true({ChangesObjective<typename P::template Leaf<I>>...});
}
/// The number of the rule that changes the objective, or that of all leaves.
template <class P>
inline constexpr std::size_t objective_leaf = leaf_that_changes_objective<P>(typename P::AllLeaves{});
template <class P>
inline constexpr bool changes_objective = objective_leaf<P> < P::leaves;

template <class P, std::size_t... I>
constexpr std::uint64_t leaves_with_state(std::index_sequence<I...>) {
  return ((HasState<typename P::template Leaf<I>> || MatrixRule<typename P::template Leaf<I>> ||
                   Freezes<typename P::template Leaf<I>>
               ? std::uint64_t{1} << I
               : 0) |
          ... | 0);
}
/// Whether a block with the state of variant `kept` can follow `next`: the same leaves have state, or `next` freezes it.
template <class P>
constexpr bool fits_state(std::size_t next, std::size_t kept) {
  constexpr std::uint64_t state = leaves_with_state<P>(typename P::AllLeaves{});
  return variant_infos<P>[next].freezes ||
         (variant_infos<P>[next].leaves & state) == (variant_infos<P>[kept].leaves & state);
}

}  // namespace descent::detail
