// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/compute_type.hpp>
#include <descent/core/tree.hpp>

#include <cstddef>
#include <type_traits>

namespace descent::detail {

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
