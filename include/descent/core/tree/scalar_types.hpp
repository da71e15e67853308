// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tree/walk.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <type_traits>

namespace descent::detail {

/// Whether elements are kept in fewer bits than rules compute in.
template <class S>
inline constexpr bool is_narrow = std::is_same_v<S, Eigen::half> || std::is_same_v<S, Eigen::bfloat16>;

/// The type in which rules compute on elements of a type.
template <class S>
using ComputeType = std::conditional_t<is_narrow<S>, float, S>;

// The types in which rules compute on a tree, each once: constants are kept in each.
template <class... S>
struct TypeList {
  template <class T>
  using With = std::conditional_t<(std::is_same_v<T, S> || ...), TypeList<S...>, TypeList<S..., T>>;
};

template <class T, class Found>
constexpr auto element_types_of();

template <class T, class Found, std::size_t I, std::size_t count>
constexpr auto element_types_of_children() {
  if constexpr (I == count) {
    return Found{};
  } else {
    return element_types_of_children<T, decltype(element_types_of<Child<T, I>, Found>()), I + 1, count>();
  }
}

template <class T, class Found>
constexpr auto element_types_of() {
  constexpr NodeKind kind = kind_of<Opened<T>>();
  if constexpr (kind == NodeKind::block) {
    return typename Found::template With<ComputeType<typename std::remove_cvref_t<Opened<T>>::Scalar>>{};
  } else if constexpr (kind == NodeKind::range) {
    return element_types_of<Element<T>, Found>();
  } else {
    return element_types_of_children<T, Found, 0, child_count<T>>();
  }
}

template <class T>
using ElementTypes = decltype(element_types_of<T, TypeList<>>());

}  // namespace descent::detail
