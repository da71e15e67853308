// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/value_list.hpp>
#include <descent/core/errors.hpp>

#include <Eigen/Core>

#include <array>
#include <cstddef>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// Parameter trees: their nodes, and the walk over their blocks.

namespace descent {

/// A tree with a name, which appears in the paths of its blocks; made by `named`.
template <class T>
struct Named {
  const char* name;
  T tree;
};

namespace detail {
template <class Derived>
void takes_dense(const Eigen::DenseBase<Derived>&);
template <class T>
concept EigenDense = std::is_class_v<T> && requires(const T& object) { takes_dense(object); };

/// An IndexedView of Eigen 3.4 may have the flag, but has no data().
template <class T>
concept DirectlyReadable = (T::Flags & Eigen::DirectAccessBit) != 0 && requires(const T& x) { x.data(); };
template <class T>
concept DirectlyWritable = DirectlyReadable<T> && (T::Flags & Eigen::LvalueBit) != 0;

template <class T>
concept HasParametersMember = requires(T& tree) { tree.parameters(); };
template <class T>
concept HasParametersFunction = requires(T& tree) { std::remove_const_t<T>::parameters(tree); };

template <class T>
concept TupleLike = requires { std::tuple_size<std::remove_const_t<T>>::value; };

template <class T>
inline constexpr bool is_named = false;
template <class T>
inline constexpr bool is_named<Named<T>> = true;

/// Specialised for types other than Eigen's that may take the place of a block: the states of blocks.
template <class T>
inline constexpr bool is_leaf = false;

template <class T>
inline constexpr bool is_range = false;
template <class T, class A>
inline constexpr bool is_range<std::vector<T, A>> = true;
template <class T, std::size_t N>
inline constexpr bool is_range<std::array<T, N>> = true;
template <class T, std::size_t N>
inline constexpr bool is_range<std::span<T, N>> = true;
template <class T>
inline constexpr bool is_span = false;
template <class T, std::size_t N>
inline constexpr bool is_span<std::span<T, N>> = true;
}  // namespace detail

/// A concept that matches the blocks of parameters that a rule can change in place.
///
/// Satisfied by every Eigen dense object with writable elements in memory: Matrix, Array, Map, Ref, Block and
/// Transpose of them; row- or column-major, fixed-size or dynamic, contiguous or strided.
template <class T>
concept Block =
    detail::EigenDense<std::remove_cvref_t<T>> && detail::DirectlyWritable<std::remove_cvref_t<T>> &&
    !std::is_const_v<std::remove_reference_t<T>>;

namespace detail {
enum class NodeKind { block, named, structure, tuple, range, unknown };

template <class T>
constexpr NodeKind kind_of() {
  using Plain = std::remove_cvref_t<T>;
  if constexpr (EigenDense<Plain> || is_leaf<Plain>) {
    return NodeKind::block;
  } else if constexpr (is_named<Plain>) {
    return NodeKind::named;
  } else if constexpr (is_range<Plain>) {
    return NodeKind::range;
  } else if constexpr (HasParametersMember<std::remove_reference_t<T>> ||
                       HasParametersFunction<std::remove_reference_t<T>>) {
    return NodeKind::structure;
  } else if constexpr (TupleLike<Plain>) {
    return NodeKind::tuple;
  } else {
    return NodeKind::unknown;
  }
}

/// The parameters of a structure, as the tuple of references that it returns.
template <class T>
DESCENT_INLINE auto parameters_of(T& structure) {
  if constexpr (HasParametersFunction<T>) {
    return std::remove_const_t<T>::parameters(structure);
  } else {
    return structure.parameters();
  }
}

/// Unwraps a node: drops names, turns structures into tuples of references.
template <class T>
DESCENT_INLINE decltype(auto) open(T& node) {
  if constexpr (kind_of<T>() == NodeKind::named) {
    return open(node.tree);
  } else if constexpr (kind_of<T>() == NodeKind::structure) {
    return parameters_of(node);
  } else {
    return static_cast<T&>(node);
  }
}

template <class T>
using Opened = decltype(open(std::declval<std::remove_reference_t<T>&>()));
template <class T>
inline constexpr std::size_t child_count = std::tuple_size_v<std::remove_cvref_t<Opened<T>>>;
template <class T, std::size_t I>
using Child = decltype(get<I>(std::declval<std::remove_reference_t<Opened<T>>&>()));
template <class T>
using Element = decltype(std::declval<std::remove_reference_t<Opened<T>>&>()[0]);

template <class F, class Tree, class... Others>
DESCENT_INLINE void walk(F&& f, Tree& tree, Others&... others);

template <std::size_t I, class F, class... Nodes>
DESCENT_INLINE void walk_child(F& f, Nodes&... nodes) {
  walk(f, get<I>(nodes)...);
}

template <std::size_t... I, class F, class... Nodes>
DESCENT_INLINE void walk_children(std::index_sequence<I...>, F& f, Nodes&&... nodes) {
  (walk_child<I>(f, nodes...), ...);
}

template <class F, class Range, class... Others>
DESCENT_INLINE void walk_range(F& f, Range& range, Others&... others) {
  for (std::size_t k = 0; k < range.size(); ++k) walk(f, range[k], others[k]...);
}

/// Calls f(block, ...) for every block of the first tree, with the node at the same position of each other
/// tree, in the tree's order. The caller must have compared the structures.
template <class F, class Tree, class... Others>
DESCENT_INLINE void walk(F&& f, Tree& tree, Others&... others) {
  constexpr NodeKind kind = kind_of<Opened<Tree>>();
  if constexpr (kind == NodeKind::block) {
    f(open(tree), open(others)...);
  } else if constexpr (kind == NodeKind::range) {
    walk_range(f, open(tree), open(others)...);
  } else {
    walk_children(std::make_index_sequence<child_count<Tree>>(), f, open(tree), open(others)...);
  }
}

}  // namespace detail
}  // namespace descent
