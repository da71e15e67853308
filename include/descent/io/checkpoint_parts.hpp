// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/io/rule_text.hpp>
#include <descent/io/tensors_of_tree.hpp>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// What a checkpoint consists of, with the types erased.

namespace descent::detail {

/// Something that is saved under a name: an optimizer, the parameters, an object that listens, a number.
struct CheckpointPart {
  /// What the names of its tensors begin with.
  std::string prefix{};
  std::function<void(std::vector<SavedTensor>&)> collect{};
  /// Checks what there is for it, and prepares to take it over.
  std::function<void(TensorIndex&, Changes&)> prepare{};
  /// The rule of an optimizer.
  std::function<std::vector<RuleText>()> rule{};
};

template <class O>
concept HasRule = requires(const O& optimizer) { optimizer.rule(); };

/// The rule of an optimizer, and after it how state is kept if that is a choice.
template <class O>
std::vector<RuleText> rule_texts_of(const O& optimizer) {
  std::vector<RuleText> texts = rule_texts(optimizer.rule());
  if constexpr (requires { optimizer.state_storage(); }) {
    using Storage = std::remove_cvref_t<decltype(optimizer.state_storage())>;
    if constexpr (!std::is_same_v<Storage, StateLikeParameters>)
      collect_rule_texts(optimizer.state_storage(), texts);
  }
  return texts;
}

/// An object with state, or a value: a number, a list of numbers, a matrix.
template <class T>
CheckpointPart part_of_object(const std::string& name, T& object) {
  CheckpointPart part{.prefix = name + "/"};
  if constexpr (ListsStateValues<T> || HasEngineState<T>) {
    part.collect = [&object, prefix = part.prefix](std::vector<SavedTensor>& tensors) {
      TensorCollector collector{std::move(tensors)};
      collect_state(prefix, object, collector);
      tensors = std::move(collector.tensors);
    };
    part.prepare = [&object, prefix = part.prefix](TensorIndex& index, Changes& changes) {
      prepare_state(prefix, object, index, changes);
    };
    if constexpr (HasRule<T>) part.rule = [&object] { return rule_texts_of(object); };
  } else {
    part.collect = [&object, name](std::vector<SavedTensor>& tensors) {
      TensorCollector collector{std::move(tensors)};
      visit_value(name, object, collector);
      tensors = std::move(collector.tensors);
    };
    part.prepare = [&object, name](TensorIndex& index, Changes& changes) {
      if constexpr (SavedBlock<T>) {  // a copy of a view would be the same numbers
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

/// The blocks of a tree under their paths. A tree of references is kept by value.
template <class Tree>
CheckpointPart part_of_parameters(Tree&& tree) {
  CheckpointPart part;
  auto held =
      std::make_shared<std::conditional_t<std::is_lvalue_reference_v<Tree>,
                                          std::reference_wrapper<std::remove_reference_t<Tree>>, Tree>>(tree);
  const auto blocks = [held] {
    if constexpr (std::is_lvalue_reference_v<Tree>) {
      return tensors_of_tree(held->get());
    } else {
      return tensors_of_tree(*held);
    }
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
