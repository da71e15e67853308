// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tree/requirements.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

// Compile-time checks of the trees of a step.

namespace descent::detail {

/// Whether a tree passed as a temporary owns elements, so that the step's result would be lost.
template <class T>
constexpr bool owns_elements();
template <class T, std::size_t... I>
constexpr bool any_child_owns(std::index_sequence<I...>) {
  return (owns_elements<std::tuple_element_t<I, T>>() || ...);
}
template <class T>
constexpr bool owns_elements() {
  constexpr NodeKind kind = kind_of<T>();
  if constexpr (std::is_reference_v<T>) {
    return false;
  } else if constexpr (kind == NodeKind::block) {
    return OwnsItsElements::holds<T>;
  } else if constexpr (kind == NodeKind::named) {
    return owns_elements<decltype(std::declval<T&>().tree)>();
  } else if constexpr (kind == NodeKind::range) {
    return !is_span<T> && owns_elements<typename T::value_type>();
  } else if constexpr (kind == NodeKind::structure) {
    return all_blocks<const std::remove_const_t<T>&, IsMember>();
  } else if constexpr (kind == NodeKind::tuple) {
    return any_child_owns<std::remove_const_t<T>>(
        std::make_index_sequence<std::tuple_size_v<std::remove_const_t<T>>>());
  } else {
    return false;
  }
}

/// Compiles if a step can change the parameters; otherwise reports why not.
template <class Tree, class Parameters>
constexpr bool require_step_parameters() {
  if constexpr (require_parameters<Tree&>()) {
    static_assert(!owns_elements<Tree>(),
                  "descent: the parameters are a temporary; the step would be lost with it");
    constexpr bool structure = same_structure<Parameters&, Tree&>();
    static_assert(
        structure,
        "descent: the parameters have a different structure from those the optimizer was made with");
    if constexpr (structure)
      static_assert(
          all_pairs<Parameters&, Tree&, SameElementType>() &&
              all_pairs<Parameters&, Tree&, SameSizesWhereKnown>(),
          "descent: the parameters have other element types or sizes than those the optimizer was made with");
    if constexpr (structure)
      static_assert(
          all_pairs<Parameters&, Tree&, SameStorageOrder>(),
          "descent: the parameters have a different storage order from those the optimizer was made with");
    return structure;
  }
  return false;
}

/// Whether the vectors and spans of two trees of the same structure have the same lengths.
template <class A, class B>
bool same_lengths(const A& a, const B& b);
template <class A, class B, std::size_t... I>
bool same_child_lengths(const A& a, const B& b, std::index_sequence<I...>) {
  return (same_lengths(get<I>(a), get<I>(b)) && ...);
}
template <class A, class B>
bool same_lengths(const A& a, const B& b) {
  constexpr NodeKind kind = kind_of<Opened<const A>>();
  if constexpr (kind == NodeKind::block) {
    return true;
  } else if constexpr (kind == NodeKind::range) {
    const auto& first = open(a);
    const auto& second = open(b);
    if (first.size() != second.size()) return false;
    for (std::size_t k = 0; k < first.size(); ++k)
      if (!same_lengths(first[k], second[k])) return false;
    return true;
  } else {
    return same_child_lengths(open(a), open(b), std::make_index_sequence<child_count<const A&>>());
  }
}
/// Whether two trees also have blocks of the same shapes.
template <class A, class B>
bool same_shapes(const A& a, const B& b) {
  if (!same_lengths(a, b)) return false;
  bool same = true;
  auto compare = [&](const auto& first, const auto& second) {
    same = same && first.rows() == second.rows() && first.cols() == second.cols();
  };
  walk(compare, a, b);
  return same;
}

}  // namespace descent::detail
