// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

// First values of the state, its allocation, and a look at it by name.

namespace descent::detail {

/// Gives a slot its first value, padding included.
template <class State>
void fill_slot(State& state, std::size_t slot, double value) {
  auto* begin = state.slots.data() + slot * state.slots.stride();
  std::fill(begin, begin + state.slots.stride(),
            static_cast<typename State::Element>(static_cast<typename State::S>(value)));
}

template <std::size_t I, class Variant, class P, class State>
void fill_leaf(const typename P::template Leaf<I>& rule, State& state) {
  using R = typename P::template Leaf<I>;
  constexpr std::size_t first = VariantTraits<P, Variant>::slots_before(I), count = slot_count<R>;
  if constexpr (HasInitialState<R>) {
    const typename R::template State<double> initial = rule.initial_state();
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (fill_slot(state, first + K, std::get<K>(tie_fields<count>(initial))), ...);
    }(std::make_index_sequence<count>());
  } else {
    for (std::size_t k = 0; k < count; ++k) fill_slot(state, first + k, 0);
  }
}

/// Sets all slots that the variant uses to their first values.
template <class P, class State, std::size_t... I>
void fill_state(std::index_sequence<I...> variant, const typename P::Rules& rules, State& state) {
  (fill_leaf<I, decltype(variant), P>(std::get<I>(rules), state), ...);
  state.memories = {};
  state.masters.clear();
}

template <class P, std::size_t I, class State>
void allocate_workspace(State& state, Eigen::Index rows, Eigen::Index columns) {
  if constexpr (MatrixRule<typename P::template Leaf<I>>)
    std::get<I>(state.scratch.workspaces).resize(rows, columns);
}

/// Allocates what the variant needs for a block of this extent.
template <class P, class State, std::size_t... I>
void allocate_state(std::index_sequence<I...> variant, State& state, Eigen::Index rows,
                    Eigen::Index columns) {
  using Traits = VariantTraits<P, decltype(variant)>;
  if constexpr (!Traits::freezes) {
    state.slots.allocate(static_cast<std::size_t>(rows * columns), Traits::slots);
    state.masters.allocate(static_cast<std::size_t>(rows * columns));
    if constexpr (Traits::has_matrix_rule) {
      state.scratch.update.resize(static_cast<Eigen::Index>(
          padded_size<typename State::S>(static_cast<std::size_t>(rows * columns))));
      (allocate_workspace<P, I>(state, rows, columns), ...);
    }
  }
}

/// The name of a slot; a second one of the same name in the variant gets a number: "momentum_buffer.2".
template <class P, std::size_t... I>
std::string slot_name(std::index_sequence<I...>, std::size_t slot) {
  std::string name;
  std::size_t next = 0, same = 0;
  auto visit = [&]<std::size_t leaf>(std::integral_constant<std::size_t, leaf>, bool counting) {
    using R = typename P::template Leaf<leaf>;
    if constexpr (HasState<R>) {
      for (std::size_t k = 0; k < slot_count<R>; ++k, ++next) {
        const std::string_view found = name_in_list(R::state_names(), k);
        if (!counting && next == slot) name = found;
        if (counting && next <= slot && found == name) ++same;
      }
    }
  };
  (visit(std::integral_constant<std::size_t, I>{}, false), ...);
  next = 0;
  (visit(std::integral_constant<std::size_t, I>{}, true), ...);
  return same > 1 ? name + "." + std::to_string(same) : name;
}

}  // namespace descent::detail
