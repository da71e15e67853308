// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/tree/paths.hpp>
#include <descent/core/tree/requirements.hpp>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

/// Makes a structure a parameter tree: lists its blocks (or structures, tuples and vectors of them).
///
///   struct Layer { Eigen::MatrixXf weights; Eigen::VectorXf bias; DESCENT_PARAMETERS(weights, bias) };
///   struct Network { Layer first, second; DESCENT_PARAMETERS(first, second) };   // first.weights, ...
///
/// Writes `parameters()`, const and not, and the names. Without the macro:
///   static auto parameters(auto& self) { return std::tie(self.weights, self.bias); }
#define DESCENT_PARAMETERS(...)                               \
  auto parameters() { return ::std::tie(__VA_ARGS__); }       \
  auto parameters() const { return ::std::tie(__VA_ARGS__); } \
  static constexpr const char* parameter_names() { return #__VA_ARGS__; }

namespace descent {

/// Gives a tree a name, which appears in messages, groups and checkpoints: named("w", w).
///
/// Stores a reference to an lvalue; stores a temporary (a Map, a Block, a tuple of references) by value.
template <class T>
constexpr Named<T> named(const char* name, T&& tree) {
  return {name, std::forward<T>(tree)};
}

namespace detail {
template <class T>
auto zeros_of(const T& tree);

/// The return type of zeros_like for an argument that is not a tree: suppresses errors after the first.
struct NoTree {};

template <class T, std::size_t... I>
auto zeros_of_fields(const T& fields, std::index_sequence<I...>) {
  return std::tuple<decltype(zeros_of(get<I>(fields)))...>(zeros_of(get<I>(fields))...);
}

template <class T>
T zeros_of_structure(const T& structure) {
  constexpr bool owns = all_blocks<const T&, IsMember>();
  static_assert(
      owns,
      "descent: zeros_like cannot copy a structure that holds views (Map, Ref, Block) or references: its "
      "gradient would lie on top of the parameters");
  T result = structure;
  walk([](auto& block) { block.setZero(); }, result);
  return result;
}

template <class Range>
auto zeros_of_range(const Range& range) {
  using Zeros = decltype(zeros_of(range[0]));
  if constexpr (requires { std::tuple_size<Range>::value; }) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<Zeros, sizeof...(I)>{zeros_of(range[I])...};
    }(std::make_index_sequence<std::tuple_size_v<Range>>());
  } else {
    std::vector<Zeros> result;
    result.reserve(range.size());
    for (const auto& element : range) result.push_back(zeros_of(element));
    return result;
  }
}

template <class T>
auto zeros_of(const T& tree) {
  constexpr NodeKind kind = kind_of<T>();
  if constexpr (kind == NodeKind::block) {
    return typename T::PlainObject(T::PlainObject::Zero(tree.rows(), tree.cols()));
  } else if constexpr (kind == NodeKind::named) {
    return Named<decltype(zeros_of(tree.tree))>{tree.name, zeros_of(tree.tree)};
  } else if constexpr (kind == NodeKind::range) {
    return zeros_of_range(tree);
  } else if constexpr (kind == NodeKind::structure) {
    return zeros_of_structure(tree);
  } else {
    return zeros_of_fields(tree, std::make_index_sequence<child_count<const T&>>());
  }
}
}  // namespace detail

/// A tree like the given one, with all elements 0: a gradient to fill, or a sum to start from.
///
/// A structure gives the same structure (a copy with its blocks cleared). A block, or a tuple or vector of
/// blocks, gives owned blocks, even if the original holds references, Maps or spans.
template <class Tree>
auto zeros_like(const Tree& tree) {
  if constexpr (detail::require_tree<const Tree&>()) {
    return detail::zeros_of(tree);
  } else {
    return detail::NoTree{};
  }
}

/// The return type of `zeros_like` for a tree of this type.
template <class Tree>
using GradientOf = decltype(zeros_like(std::declval<const std::remove_cvref_t<Tree>&>()));

/// Calls f(block), or f(block, path) if f takes two arguments, for every block in the tree's order.
template <class F, class Tree>
void for_each_block(F&& f, Tree&& tree) {
  if constexpr (detail::require_tree<Tree&>()) {
    auto visit = [&](const std::string& path, auto& block) {
      if constexpr (std::is_invocable_v<F&, decltype(block)>) {
        static_cast<void>(path);
        f(block);
      } else {
        f(block, path);
      }
    };
    detail::walk_paths(visit, tree, std::string());
  }
}

/// The number of elements in all blocks.
template <class Tree>
std::int64_t parameter_count(const Tree& tree) {
  std::int64_t count = 0;
  if constexpr (detail::require_tree<const Tree&>()) {
    detail::walk([&](const auto& block) { count += static_cast<std::int64_t>(block.size()); }, tree);
  }
  return count;
}

}  // namespace descent
