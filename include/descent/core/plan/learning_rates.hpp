// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/plan/plan.hpp>
#include <descent/core/schedule.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

// The learning rates of a plan: of its next step, and multiplied by a factor.

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

}  // namespace descent::detail
