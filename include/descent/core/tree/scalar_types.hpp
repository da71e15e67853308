// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <type_traits>

namespace descent::detail {

/// Whether elements have fewer bits than the type in which rules compute.
template <class S>
inline constexpr bool is_narrow = std::is_same_v<S, Eigen::half> || std::is_same_v<S, Eigen::bfloat16>;

/// The type in which rules compute for elements of type S.
template <class S>
using ComputeType = std::conditional_t<is_narrow<S>, float, S>;

/// A list in which each type appears once.
template <class... S>
struct TypeList {
  template <class T>
  using With = std::conditional_t<(std::is_same_v<T, S> || ...), TypeList<S...>, TypeList<S..., T>>;
};

}  // namespace descent::detail
