// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved/changes.hpp>
#include <descent/core/saved/state_access.hpp>
#include <descent/core/saved/values.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace descent {

namespace detail {
/// An optimizer whose rule is chosen at run time (runtime/any_optimizer.hpp).
template <class T>
concept CollectsItsState = requires(T& object, const std::string& prefix, TensorCollector& collector,
                                    TensorIndex& tensors, Changes& changes) {
  object.collect_state(prefix, collector);
  object.prepare_state(prefix, tensors, changes);
};

template <class T>
constexpr void require_saved_object() {
  static_assert(!std::is_const_v<T>,
                "descent: the tensors of an object can be written: it must not be const");
  static_assert(
      std::is_const_v<T> || ListsStateValues<T> || HasEngineState<T> || CollectsItsState<T>,
      "descent: only optimizers have state to save, and objects with a member for_each_state_value(f) that "
      "calls f(name, value) for all that they remember");
}

/// The tensors of an object; their names begin with `prefix`, which is empty or ends with '/'.
template <class T>
void collect_state(const std::string& prefix, T& object, TensorCollector& collector) {
  require_saved_object<T>();
  if constexpr (ListsStateValues<T>) {
    object.for_each_state_value(
        [&](const auto& name, auto& value) { visit_value(prefix + name, value, collector); });
  } else if constexpr (CollectsItsState<T>) {
    object.collect_state(prefix, collector);
  } else {
    StateAccess::collect(StateAccess::names_of(prefix, object), object, collector);
  }
}

/// Checks the values in `tensors` for an object, and prepares to copy them.
template <class T>
void prepare_state(const std::string& prefix, T& object, TensorIndex& tensors, Changes& changes) {
  require_saved_object<T>();
  if constexpr (ListsStateValues<T>) {
    T copy = object;
    copy.for_each_state_value(
        [&](const auto& name, auto& value) { fill_value(tensors, prefix + name, value); });
    refuse_invalid_state(tensors, prefix.empty() ? std::string(type_name<T>()) : prefix, copy);
    changes.assign(object, std::move(copy));
  } else if constexpr (CollectsItsState<T>) {
    object.prepare_state(prefix, tensors, changes);
  } else {
    StateAccess::prepare(prefix, object, tensors, changes);
  }
}

// Objects, not functions, so that a user's function of the same name does not become ambiguous.
struct SavedState {
  template <class T>
  std::vector<SavedTensor> operator()(T& object) const {
    TensorCollector collector;
    collect_state(std::string(), object, collector);
    return std::move(collector.tensors);
  }
  template <class T>
    requires(!std::is_lvalue_reference_v<T>)
  std::vector<SavedTensor> operator()(T&&) const {
    require_saved_object<T>();
    static_assert(
        !ListsStateValues<T> && !HasEngineState<T> && !CollectsItsState<T>,
        "descent: the tensors of a temporary would point to memory that no longer exists; give it a name");
    return {};
  }
};
struct RestoreState {
  template <class T>
  void operator()(T& object, std::span<const SavedTensor> tensors) const {
    TensorIndex index(tensors);
    Changes changes;
    prepare_state(std::string(), object, index, changes);
    index.refuse_unused();
    changes.make();
  }
};
}  // namespace detail

/// Everything that an optimizer holds except its rule, or that a listener remembers, as tensors that point
/// into the object: to read and to write.
///
///   for (const SavedTensor& tensor : saved_state(optimizer)) std::puts(tensor.name.c_str());
///   restore_state(resumed, saved_state(optimizer));         // continues as the other would have
///
/// Of an optimizer: "steps", "skipped_steps", "learning_rate_factor"; "state/layer1.weights/exp_avg" for each
/// slot of each block; "memory/ScaleByAdam/0", ... for what rules remember of all blocks,
/// "block_memory/layer1.weights/..." of each block, and "clock/layer1.weights/..." if blocks may be skipped.
/// The rule is code and is not included.
/// Objects: ReduceOnPlateau, EarlyStopping, SlopePlateau, GreedyRate, DivergenceGuard, GradientAccumulator,
/// and any with a member for_each_state_value(f). The tensors are valid until the object is moved, assigned
/// or destroyed.
/// Errors: does not compile for a temporary, because the tensors would dangle.
inline constexpr detail::SavedState saved_state{};

/// The inverse of saved_state: copies saved tensors into an object of the same type and construction. Rule,
/// learning rates and schedules stay as they are.
/// Errors: std::invalid_argument, and nothing has changed, if a tensor is missing (the message has the
/// nearest name), is unknown, has a different type or shape, or holds an impossible value (a negative count
/// of steps).
inline constexpr detail::RestoreState restore_state{};

}  // namespace descent
