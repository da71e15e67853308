// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/type_name.hpp>
#include <descent/core/tree/walk.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// The path of every block: "layer1.weights", "blocks[3].bias".

namespace descent::detail {

template <class T>
concept HasParameterNames = requires {
  { std::remove_cvref_t<T>::parameter_names() } -> std::convertible_to<std::string_view>;
};

inline std::string join_path(const std::string& parent, std::string_view name) {
  if (parent.empty() || name.starts_with('[')) return parent + std::string(name);
  return parent + "." + std::string(name);
}

// Not as a sum: g++ 12 at -O3 takes `"[" + std::to_string(k)` for an overlapping copy and warns.
inline std::string index_name(std::size_t k) {
  return std::string("[").append(std::to_string(k)).append("]");
}

/// The name of child k: given by `named`, else by DESCENT_PARAMETERS, else its index.
template <class Node, class Child>
std::string child_name(const Child& child, std::size_t k) {
  if constexpr (kind_of<Child>() == NodeKind::named) {
    return child.name;
  } else if constexpr (HasParameterNames<Node>) {
    return std::string(name_in_list(std::remove_cvref_t<Node>::parameter_names(), k));
  } else {
    return index_name(k);
  }
}

template <class F, class Tree>
void walk_paths(F& f, Tree& tree, const std::string& path);

template <class Node, class F, class Fields, std::size_t... I>
void walk_child_paths(F& f, Fields&& fields, const std::string& path, std::index_sequence<I...>) {
  (walk_paths(f, get<I>(fields), join_path(path, child_name<Node>(get<I>(fields), I))), ...);
}

/// f(path, block) for every block; builds strings, so not for a step.
template <class F, class Tree>
void walk_paths(F& f, Tree& tree, const std::string& path) {
  constexpr NodeKind kind = kind_of<Tree>();
  if constexpr (kind == NodeKind::block) {
    f(path.empty() ? std::string("parameters") : path, tree);
  } else if constexpr (kind == NodeKind::named) {
    walk_paths(f, tree.tree, path.empty() ? std::string(tree.name) : path);
  } else if constexpr (kind == NodeKind::range) {
    for (std::size_t k = 0; k < tree.size(); ++k)
      walk_paths(f, tree[k], join_path(path, child_name<void>(tree[k], k)));
  } else {
    walk_child_paths<Tree>(f, open(tree), path, std::make_index_sequence<child_count<Tree>>());
  }
}

/// The path of block number `index`.
template <class Tree>
DESCENT_COLD std::string path_of_block(Tree& tree, std::size_t index) {
  std::string found;
  auto keep = [&](const std::string& path, auto&) {
    if (index-- == 0) found = path;
  };
  walk_paths(keep, tree, std::string());
  return found;
}

}  // namespace descent::detail
