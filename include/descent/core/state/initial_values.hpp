// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/state/block_state.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// First values of the state, its allocation, and a look at it by name.

namespace descent::detail {

/// Gives a slot its first value, padding included.
template <class State>
void fill_slot(State& state, std::size_t slot, double value) {
  auto* begin = state.slots.data() + slot * state.slots.stride();
  std::fill(begin, begin + state.slots.stride(),
            static_cast<typename State::Element>(static_cast<typename State::S>(value)));
}

template <class State>
MatrixShape shape_of(const State& state) {
  return {state.rows.value(), state.columns.value(), State::Values::IsVectorAtCompileTime != 0,
          state.scratch.block};
}

template <std::size_t I, class Variant, class P, class State>
void fill_leaf(const typename P::template Leaf<I>& rule, State& state) {
  using R = typename P::template Leaf<I>;
  constexpr std::size_t first = VariantTraits<P, Variant>::slots_before(I), count = slot_count<R>;
  if constexpr (HasInitialState<R>) {
    const typename R::template State<double> initial = rule.initial_state();
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (fill_slot(state, first + K, get<K>(tie_fields<count>(initial))), ...);
    }(std::make_index_sequence<count>());
  } else {
    for (std::size_t k = 0; k < count; ++k) fill_slot(state, first + k, 0);
  }
  if constexpr (MatrixRule<R> && PreparesWorkspace<R>)
    rule.prepare(get<I>(state.scratch.workspaces), shape_of(state));
}

/// Sets all slots that the variant uses to their first values.
template <class P, class State, std::size_t... I>
void fill_state(std::index_sequence<I...> variant, const typename P::Rules& rules, State& state) {
  (fill_leaf<I, decltype(variant), P>(get<I>(rules), state), ...);
  [[maybe_unused]] auto clear = [&]<class R>(const R&, auto& memory) {
    if constexpr (!MeetsBlocks<R>) memory = {};
  };
  (clear(get<I>(rules), get<I>(state.memories)), ...);
  state.masters.clear();
}

/// Tells rules of a block; what they keep of it goes to `memories`.
template <class P, std::size_t... I>
void meet_block(std::index_sequence<I...>, [[maybe_unused]] const typename P::Rules& rules,
                [[maybe_unused]] typename P::BlockMemories& memories,
                [[maybe_unused]] const BlockInfo& block) {
  [[maybe_unused]] auto meet = [&]<class R>(const R& rule, auto& memory) {
    if constexpr (MeetsBlocks<R>) rule.meet(memory, block);
  };
  (meet(get<I>(rules), get<I>(memories)), ...);
}

template <class P, std::size_t I, class State>
void allocate_workspace(State& state, Eigen::Index rows, Eigen::Index columns) {
  using R = typename P::template Leaf<I>;
  if constexpr (MatrixRule<R> && !PreparesWorkspace<R>)
    get<I>(state.scratch.workspaces).resize(rows, columns);
}

/// Allocates what the variant needs for a block of this extent.
template <class P, class State, std::size_t... I>
void allocate_state(std::index_sequence<I...> variant, State& state, Eigen::Index rows, Eigen::Index columns,
                    [[maybe_unused]] std::size_t block) {
  using Traits = VariantTraits<P, decltype(variant)>;
  if constexpr (!Traits::freezes) {
    state.slots.allocate(static_cast<std::size_t>(rows * columns), Traits::slots);
    state.masters.allocate(static_cast<std::size_t>(rows * columns));
    if constexpr (Traits::has_matrix_rule) {
      state.scratch.block = block;
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

/// f(name, matrix) for what rules of whole matrices remember; a second one of a name gets a number.
template <std::size_t I, class P, class State, class F>
void visit_matrix_state(State& state, std::vector<std::string>& names, F& f) {
  using R = typename P::template Leaf<I>;
  if constexpr (MatrixRule<R> && HasMatrixState<R>) {
    auto visit = [&](const char* name, auto& matrix) {
      using Matrix = std::remove_cvref_t<decltype(matrix)>;
      names.emplace_back(name);
      const auto same = std::count(names.begin(), names.end(), name);
      f(same > 1 ? name + ("." + std::to_string(same)) : std::string(name),
        Eigen::Map<Matrix>(matrix.data(), matrix.rows(), matrix.cols()));
    };
    R::for_each_state(get<I>(state.scratch.workspaces), visit);
  }
}

/// All names of slots in the variant, without numbers.
template <class P, std::size_t... I>
std::vector<std::string> slot_names(std::index_sequence<I...>) {
  std::vector<std::string> names;
  auto add = [&]<class R>(std::type_identity<R>) {
    if constexpr (HasState<R>)
      for (std::size_t k = 0; k < slot_count<R>; ++k) names.emplace_back(name_in_list(R::state_names(), k));
  };
  (add(std::type_identity<typename P::template Leaf<I>>{}), ...);
  return names;
}

template <class P, class State, class F, std::size_t... I>
void visit_matrix_states(std::index_sequence<I...> variant, State& state, F f) {
  using Traits = VariantTraits<P, decltype(variant)>;
  if constexpr (Traits::has_matrix_rule && !Traits::freezes) {
    std::vector<std::string> names = slot_names<P>(variant);
    (visit_matrix_state<I, P>(state, names, f), ...);
  }
}

/// Whether the rules of the variant fit the workspaces that `before` prepared.
template <class P, std::size_t... I>
bool keep_workspaces(std::index_sequence<I...>, const typename P::Rules& rules,
                     const typename P::Rules& before) {
  auto keeps = [](const auto& rule, const auto& other) {
    if constexpr (ComparesState<std::remove_cvref_t<decltype(rule)>>) {
      return rule.keeps_state_of(other);
    } else {
      return true;
    }
  };
  return (keeps(get<I>(rules), get<I>(before)) && ...);
}

}  // namespace descent::detail
