// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/tree/walk.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// The path of every block: "layer1.weights", "blocks[3].bias".

namespace descent::detail {

template <class T>
concept HasParameterNames = requires {
  { std::remove_cvref_t<T>::parameter_names() } -> std::convertible_to<std::string_view>;
};

DESCENT_COLD inline std::string join_path(const std::string& parent, std::string_view name) {
  const bool joins = parent.empty() || (!name.empty() && name[0] == '[');
  return joined({parent, joins ? "" : ".", name});
}

DESCENT_COLD inline std::string index_name(std::size_t k) {
  return joined({"[", text_of_integer(static_cast<std::int64_t>(k)), "]"});
}

/// The name of child k: from `named`, else from DESCENT_PARAMETERS, else its index.
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

/// Calls f(path, block) for every block; builds strings, so do not use it in a step.
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

/// The number of names from `named` in a tree whose number of blocks is known at compile time.
template <class T>
constexpr std::size_t named_count();
template <class T, std::size_t... I>
constexpr std::size_t named_count_of_children(std::index_sequence<I...>) {
  return (named_count<Child<T, I>>() + ... + 0);
}
template <class T>
constexpr std::size_t named_count() {
  using Node = std::remove_reference_t<T>;
  constexpr NodeKind kind = kind_of<Node>();
  if constexpr (kind == NodeKind::block) {
    return 0;
  } else if constexpr (kind == NodeKind::named) {
    return 1 + named_count<decltype((std::declval<Node&>().tree))>();
  } else if constexpr (kind == NodeKind::range) {
    return std::tuple_size_v<std::remove_cv_t<Node>> * named_count<Element<Node>>();
  } else {
    return named_count_of_children<Node>(std::make_index_sequence<child_count<Node>>());
  }
}

/// The paths of such a tree; builds each path on request and stores no strings.
template <class Parameters>
class FixedPaths {
 public:
  template <class Tree>
  void remember(const Tree& tree) {
    const char** next = names_.data();
    collect(tree, next);
  }
  std::string path(std::size_t block) const {
    Search search{block, names_.data(), {}};
    find<Parameters&>(search, std::string());
    return search.found;
  }

 private:
  struct Search {
    std::size_t left;
    const char* const* name;
    std::string found;
  };

  template <class Tree>
  static void collect(const Tree& tree, const char**& next) {
    constexpr NodeKind kind = kind_of<const Tree>();
    if constexpr (kind == NodeKind::named) {
      *next++ = tree.name;
      collect(tree.tree, next);
    } else if constexpr (kind == NodeKind::range) {
      for (std::size_t k = 0; k < tree.size(); ++k) collect(tree[k], next);
    } else if constexpr (kind != NodeKind::block) {
      collect_fields(open(tree), next, std::make_index_sequence<child_count<const Tree>>());
    }
  }
  template <class Fields, std::size_t... I>
  static void collect_fields(Fields&& fields, [[maybe_unused]] const char**& next,
                             std::index_sequence<I...>) {
    (collect(get<I>(fields), next), ...);
  }

  template <class T>
  static void find(Search& search, const std::string& path) {
    using Node = std::remove_reference_t<T>;
    constexpr NodeKind kind = kind_of<Node>();
    if constexpr (kind == NodeKind::block) {
      if (search.left-- == 0) search.found = path.empty() ? std::string("parameters") : path;
    } else if constexpr (kind == NodeKind::named) {
      const std::string name = *search.name++;
      find<decltype((std::declval<Node&>().tree))>(search, path.empty() ? name : path);
    } else if constexpr (kind == NodeKind::range) {
      for (std::size_t k = 0; k < std::tuple_size_v<std::remove_cv_t<Node>>; ++k)
        find_child<void, Element<Node>>(search, path, k);
    } else {
      find_fields<Node>(search, path, std::make_index_sequence<child_count<Node>>());
    }
  }
  template <class Node, std::size_t... I>
  static void find_fields([[maybe_unused]] Search& search, [[maybe_unused]] const std::string& path,
                          std::index_sequence<I...>) {
    (find_child<Node, Child<Node, I>>(search, path, I), ...);
  }
  template <class Node, class T>
  static void find_child(Search& search, const std::string& path, std::size_t k) {
    std::string name;
    if constexpr (kind_of<std::remove_reference_t<T>>() == NodeKind::named) {
      name = *search.name;
    } else if constexpr (HasParameterNames<Node>) {
      name = std::string(name_in_list(std::remove_cvref_t<Node>::parameter_names(), k));
    } else {
      name = index_name(k);
    }
    find<T>(search, join_path(path, name));
  }

  std::array<const char*, named_count<Parameters&>()> names_;
};

/// The source of an optimizer's block paths, stored or computed.
struct PathSource {
  const void* store;
  std::string (*path)(const void* store, std::size_t block);
  std::string operator()(std::size_t block) const { return path(store, block); }
};

}  // namespace descent::detail
