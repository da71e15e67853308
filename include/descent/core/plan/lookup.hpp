// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/plan.hpp>
#include <descent/core/schedule.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

// Finds what users ask of a rule: its learning rates, and the rule states of its parts.

namespace descent::detail {

// The learning rates of a step, multiplied by a factor, and how many a rule multiplies by.

template <class P, std::size_t I>
double rate_of_leaf(const typename P::Rules& rules, std::int64_t step) {
  if constexpr (BringsLearningRate<typename P::template Leaf<I>>)
    return get<I>(rules).learning_rate.read(step);
  return 0;
}

/// The rate at a step: of the first rule in the variant that has one, or in the first variant that has.
template <class P, std::size_t... I>
double rate_in(std::index_sequence<I...>, const typename P::Rules& rules, std::int64_t step) {
  double rate = 0;
  static_cast<void>(
      ((BringsLearningRate<typename P::template Leaf<I>> ? (rate = rate_of_leaf<P, I>(rules, step), true)
                                                         : false) ||
       ...));
  return rate;
}

template <class P>
double rate_of(const typename P::Rules& rules, std::size_t variant, std::int64_t step) {
  double rate = 0;
  if constexpr (P::uniform) {
    P::dispatch(variant, [&](auto chosen) { rate = rate_in<P>(chosen, rules, step); });
  } else {
    rate = rate_in<P>(typename P::AllLeaves{}, rules, step);
  }
  return rate;
}

template <class P, std::size_t I>
void scale_rate(typename P::Rules& rules, double factor) {
  if constexpr (BringsLearningRate<typename P::template Leaf<I>>) {
    Schedule& rate = get<I>(rules).learning_rate;
    if (rate.is_constant()) {
      rate = factor * rate(0);
    } else if (factor != 1) {
      rate = [rate, factor](std::int64_t step) { return factor * rate.read(step); };
    }
  }
}
/// Multiplies the learning rates of all rules.
template <class P, std::size_t... I>
void scale_rates([[maybe_unused]] typename P::Rules& rules, [[maybe_unused]] double factor,
                 std::index_sequence<I...>) {
  (scale_rate<P, I>(rules, factor), ...);
}

template <class... Leaves>
constexpr bool any_brings_rate(LeafList<Leaves...>) {
  return ((BringsLearningRate<typename Leaves::Rule> && !StandsAlone<typename Leaves::Rule>) || ...);
}
/// How often a rule as the user wrote it multiplies by a learning rate, one after the other; a recipe does at most once.
/// For partition(), the largest number of its rules; for forms among which options choose, the smallest, because the
/// choice is not known before run time.
template <class R>
inline constexpr std::size_t rates_in_a_row =
    any_brings_rate(typename LeavesBelow<decltype(expand<void>(std::declval<const R&>()))>::type{}) ? 1 : 0;
template <class... Rules>
inline constexpr std::size_t rates_in_a_row<Chain<Rules...>> = (rates_in_a_row<Rules> + ... + 0);
template <class Selector, class... Rules>
inline constexpr std::size_t rates_in_a_row<Partition<Selector, Rules...>> =
    std::max({rates_in_a_row<Rules>...});
template <class... Rules>
inline constexpr std::size_t rates_in_a_row<Choice<Rules...>> = std::min({rates_in_a_row<Rules>...});

// Which leaf holds the rule state of a transformation, or of the recipe that the user wrote.

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
