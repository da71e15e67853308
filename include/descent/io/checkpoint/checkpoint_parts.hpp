// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/io/checkpoint/rule_text.hpp>
#include <descent/io/tensors_of_tree.hpp>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// The parts of a checkpoint, type-erased.

namespace descent::detail {

/// An object saved under a name: an optimizer, the parameters, a listener, a number.
struct CheckpointPart {
  /// The prefix of the names of its tensors.
  std::string prefix{};
  std::function<void(std::vector<SavedTensor>&)> collect{};
  /// Checks its tensors, and prepares to copy them.
  std::function<void(TensorIndex&, Changes&)> prepare{};
  /// The rule of an optimizer.
  std::function<std::vector<RuleText>()> rule{};
  /// The options of an object that is no optimizer, if it tells them.
  std::function<RuleText()> options{};
};

template <class O>
concept HasRule = requires(const O& optimizer) { optimizer.rule(); };

/// The rule of an optimizer, followed by the storage of its state if that is not the default.
template <class O>
std::vector<RuleText> rule_texts_of(const O& optimizer) {
  std::vector<RuleText> texts;
  if constexpr (std::is_convertible_v<decltype(optimizer.rule()), std::string_view>) {
    texts.push_back({.name = std::string(optimizer.rule())});  // chosen at run time
  } else {
    texts = rule_texts(optimizer.rule());
  }
  if constexpr (requires { optimizer.state_storage(); }) {
    using Storage = std::remove_cvref_t<decltype(optimizer.state_storage())>;
    if constexpr (!std::is_same_v<Storage, StateLikeParameters>)
      collect_rule_texts(optimizer.state_storage(), texts);
  }
  return texts;
}

template <class Tree, class O>
constexpr void require_own_tree(const O&) {}
template <class Tree, class Parameters, class R, class Storage>
constexpr void require_own_tree(const Optimizer<Parameters, R, Storage>&) {
  static_assert(same_structure<Parameters&, const std::remove_reference_t<Tree>&>(),
                "descent: this tree has a different structure from the optimizer's parameters");
}

/// A tree with names for its blocks, or a list of such trees.
template <class T>
constexpr bool is_named_tree() {
  if constexpr (SavedBlock<T> || SavedNumber<T> || is_list_of_numbers<T>) {
    return false;
  } else {
    return ParameterTree<T&>;
  }
}
template <class T>
concept SavedValue = SavedNumber<T> || is_list_of_numbers<T> || SavedBlock<T> ||
                     (std::is_aggregate_v<T> && has_countable_members<T>());

template <class Tree>
CheckpointPart part_of_tree(Tree&& tree, const std::string& prefix);

/// An object with state, a tree, or a value: a number, a list of numbers, a matrix.
template <class T>
CheckpointPart part_of_object(const std::string& name, T& object) {
  static_assert(!std::is_const_v<T>,
                "descent: what is added to a Checkpoint must not be const: loading changes it");
  CheckpointPart part{.prefix = name + "/"};
  if constexpr (ListsStateValues<T> || HasEngineState<T> || CollectsItsState<T>) {
    part.collect = [&object, prefix = part.prefix](std::vector<SavedTensor>& tensors) {
      TensorCollector collector{std::move(tensors)};
      collect_state(prefix, object, collector);
      tensors = std::move(collector.tensors);
    };
    part.prepare = [&object, prefix = part.prefix](TensorIndex& index, Changes& changes) {
      prepare_state(prefix, object, index, changes);
    };
    if constexpr (HasRule<T>) {
      part.rule = [&object] { return rule_texts_of(object); };
    } else if constexpr (TellsOptions<T>) {
      part.options = [&object] { return text_of_options(object); };
    }
  } else if constexpr (is_named_tree<T>()) {
    part = part_of_tree(object, part.prefix);
  } else {
    static_assert(
        SavedValue<T>,
        "descent: a Checkpoint takes numbers, arrays and vectors of numbers, matrices, parameter trees, "
        "optimizers, aggregates of numbers, and objects with a member for_each_state_value(f) that calls "
        "f(name, value) by reference for each number: not strings, and not engines of <random>");
    part.collect = [&object, name](std::vector<SavedTensor>& tensors) {
      TensorCollector collector{std::move(tensors)};
      visit_value(name, object, collector);
      tensors = std::move(collector.tensors);
    };
    part.prepare = [&object, name](TensorIndex& index, Changes& changes) {
      if constexpr (SavedBlock<T>) {  // a copy of a view would refer to the same numbers
        const SavedTensor place = tensor_of_block(name, object);
        changes.copy(tensor_for(index, place), place);
      } else {
        T copy = object;
        fill_value(index, name, copy);
        changes.assign(object, std::move(copy));
      }
    };
  }
  return part;
}

/// The blocks of a tree under their paths. A tree of references is stored by value.
template <class Tree>
CheckpointPart part_of_tree(Tree&& tree, const std::string& prefix) {
  CheckpointPart part{.prefix = prefix};
  auto held =
      std::make_shared<std::conditional_t<std::is_lvalue_reference_v<Tree>,
                                          std::reference_wrapper<std::remove_reference_t<Tree>>, Tree>>(tree);
  const auto blocks = [held, prefix] {
    std::vector<SavedTensor> tensors;
    if constexpr (std::is_lvalue_reference_v<Tree>) {
      tensors = tensors_of_tree(held->get());
    } else {
      tensors = tensors_of_tree(*held);
    }
    for (SavedTensor& tensor : tensors) tensor.name.insert(0, prefix);
    return tensors;
  };
  part.collect = [blocks](std::vector<SavedTensor>& tensors) {
    for (SavedTensor& tensor : blocks()) tensors.push_back(std::move(tensor));
  };
  part.prepare = [blocks](TensorIndex& index, Changes& changes) {
    if (!is_loadable<Tree&>)
      fail_invalid_argument("Checkpoint: the parameters are constant; loading changes them in place");
    for (const SavedTensor& place : blocks()) changes.copy(tensor_for(index, place), place);
  };
  return part;
}

}  // namespace descent::detail
