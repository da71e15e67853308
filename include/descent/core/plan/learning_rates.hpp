// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/plan.hpp>
#include <descent/core/schedule.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

// The learning rates of a plan: of its next step, multiplied by a factor, and how many a rule multiplies by.

namespace descent::detail {

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
/// Of the rules of partition() that with the most counts; of forms that options choose that with the fewest, since the
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

}  // namespace descent::detail
