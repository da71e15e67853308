// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/plan.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

// Which leaf holds the rule state of a transformation, or of the recipe that the user wrote.

namespace descent::detail {

/// The leaves with a rule state that are `Wanted`, or parts of it.
template <class P, class Wanted, std::size_t... I>
constexpr std::uint64_t leaves_of_rule(std::index_sequence<I...>) {
  constexpr std::uint64_t owned = P::Leaves::template owned_by<Wanted>();
  return ((HasRuleState<typename P::template Leaf<I>> &&
                   (std::is_same_v<Wanted, typename P::template Leaf<I>> || (owned >> I & 1) != 0)
               ? std::uint64_t{1} << I
               : 0) |
          ... | 0);
}

template <std::uint64_t leaves>
inline constexpr std::size_t first_leaf = [] {
  std::size_t leaf = 0;
  while (leaf < 63 && (leaves >> leaf & 1) == 0) ++leaf;
  return leaf;
}();

/// Whether the first of these leaves measures the tree.
template <class P, std::uint64_t leaves>
inline constexpr bool measures_tree_in = measures_tree<typename P::template Leaf<first_leaf<leaves>>>;
template <class P>
inline constexpr bool measures_tree_in<P, 0> = false;

/// Whether all of these leaves have rule states of one type.
template <class P, std::uint64_t leaves, std::size_t... I>
constexpr bool have_one_state_type(std::index_sequence<I...>) {
  using First = typename RuleStateOf<typename P::template Leaf<first_leaf<leaves>>>::type;
  return (((leaves >> I & 1) == 0 ||
           std::is_same_v<First, typename RuleStateOf<typename P::template Leaf<I>>::type>)&&...);
}

/// The rule state in `states` of one of these leaves: of the first that is in use.
template <class P, std::uint64_t leaves, std::size_t... I>
const auto& state_of_leaves(std::index_sequence<I...>, const typename P::RuleStates& states,
                            std::uint64_t used) {
  if constexpr (leaves == 0)
    return states;  // refused by required_leaves_of
  else {
    const auto* found = &get<first_leaf<leaves>>(states);
    const auto look = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>) {
      if constexpr ((leaves >> leaf & 1) != 0) {
        if ((used >> leaf & 1) == 0) return false;
        found = &get<leaf>(states);
        return true;
      }
      return false;
    };
    static_cast<void>((look(std::integral_constant<std::size_t, I>{}) || ...));
    return *found;
  }
}

/// The leaves of `Wanted`. Compiles if it is part of the rule, and its rule state is of one type.
template <class P, class Wanted>
constexpr std::uint64_t required_leaves_of() {
  constexpr std::uint64_t leaves = leaves_of_rule<P, Wanted>(typename P::AllLeaves{});
  static_assert(
      leaves != 0,
      "descent: rule_state<R>(): the rule has no such part, or the part remembers nothing of its own");
  if constexpr (leaves != 0) {
    constexpr bool one = have_one_state_type<P, leaves>(typename P::AllLeaves{});
    static_assert(
        one,
        "descent: rule_state<R>(): several parts of this recipe remember something; name one of its "
        "transformations, such as ScaleByAdam");
    return one ? leaves : 0;
  }
  return 0;
}

}  // namespace descent::detail
