// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved/state_access.hpp>
#include <descent/core/saved/values.hpp>

#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

namespace detail {
template <class T>
constexpr void require_saved_object() {
  static_assert(!std::is_const_v<T>,
                "descent: the tensors of an object can be written: it must not be const");
  static_assert(
      std::is_const_v<T> || ListsStateValues<T> || HasEngineState<T>,
      "descent: only optimizers have state to save, and objects with a member for_each_state_value(f) that "
      "calls f(name, value) for all that they remember");
}
inline void remove_front(std::vector<Tensor>& tensors) {
  for (Tensor& tensor : tensors) tensor.name.erase(0, 1);  // the '/' after no name
}
}  // namespace detail

/// All that an optimizer holds beside its rule, or that an object which listens remembers, as tensors: where they lie in
/// the object, to read and to write.
///
///   for (const Tensor& tensor : state_of(optimizer)) std::puts(tensor.name.c_str());
///   set_state(resumed, state_of(optimizer));         // goes on as the other would have
///
/// Of an optimizer: "steps", "skipped_steps", "learning_rate_factor"; "state/layer1.weights/exp_avg" for each slot of
/// each block; "memory/ScaleByAdam/0", ... for what rules remember of all blocks, "block_memory/layer1.weights/..." of
/// each, and "clock/layer1.weights/..." where blocks may rest. Not its rule, which is code.
/// Objects: ReduceOnPlateau, EarlyStopping, SlopePlateau, GreedyRate, DivergenceGuard, GradientAccumulator, and any with
/// a member for_each_state_value(f). The tensors are valid until the object is moved, assigned or destroyed.
template <class T>
std::vector<Tensor> state_of(T& object) {
  detail::require_saved_object<T>();
  detail::TensorCollector collector;
  if constexpr (detail::ListsStateValues<T>) {
    detail::visit_value(std::string(), object, collector);
    detail::remove_front(collector.tensors);
  } else {
    detail::visit_engine_state(std::string(), object, collector);
  }
  return std::move(collector.tensors);
}

/// Errors: does not compile for a temporary, into which the tensors would point.
template <class T>
  requires(!std::is_lvalue_reference_v<T>)
std::vector<Tensor> state_of(T&&) {
  detail::require_saved_object<T>();
  static_assert(!detail::ListsStateValues<T> && !detail::HasEngineState<T>,
                "descent: the tensors of a temporary would point to what is no longer there; give it a name");
  return {};
}

/// Gives an object what another one, of the same type and made alike, remembered: the inverse of state_of. Rule, rates
/// and schedules stay as they are.
/// Errors: std::invalid_argument, and nothing has changed, if a tensor is missing (the message has the nearest name),
/// has no place, is of another type or shape, or holds what cannot be (a negative count of steps).
template <class T>
void set_state(T& object, TensorIndex& tensors) {
  detail::require_saved_object<T>();
  if constexpr (detail::ListsStateValues<T>) {
    T copy = object;
    auto fill = [&](const auto& name, auto& value) { detail::fill_value(tensors, std::string(name), value); };
    copy.for_each_state_value(fill);
    detail::refuse_invalid_state(tensors, std::string(detail::type_name<T>()), copy);
    tensors.refuse_unused();
    object = std::move(copy);
  } else {
    detail::StateAccess::set(std::string(), object, tensors, true);
  }
}
template <class T>
void set_state(T& object, std::span<const Tensor> tensors) {
  TensorIndex index(tensors);
  set_state(object, index);
}

}  // namespace descent
