// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/edit_distance.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/plan/expansion.hpp>
#include <descent/core/tree/paths.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// Refuses selectors that do not divide the blocks: a mistyped path would go unnoticed.

namespace descent::detail {

/// "'weights', 'bias'": the paths of the blocks, at most 20 of them.
DESCENT_COLD inline std::string list_of_paths(const PathSource& path_of, std::size_t count) {
  constexpr std::size_t most = 20;
  std::string list;
  for (std::size_t k = 0; k < std::min(count, most); ++k)
    list += joined({k == 0 ? "'" : ", '", path_of(k), "'"});
  if (count > most) list += joined({" and ", std::to_string(count - most), " more"});
  return list;
}

[[noreturn]] DESCENT_COLD inline void fail_idle_selector(const PathSource& path_of, std::size_t count) {
  fail_invalid_argument(
      {"partition: the selector does not divide the blocks, so that one of its rules is never used; there "
       "are ",
       list_of_paths(path_of, count), "; may_match_nothing(selector) allows it"});
}
[[noreturn]] DESCENT_COLD inline void fail_idle_path(std::string_view pattern, const PathSource& path_of,
                                                     std::size_t count) {
  std::string nearest;
  for (std::size_t k = 0; k < count; ++k) {
    std::string path = path_of(k);
    if (k == 0 || edit_distance(pattern, path) < edit_distance(pattern, nearest)) nearest = std::move(path);
  }
  fail_invalid_argument({"partition: by_path(\"", pattern, "\") matches no block; the nearest is '", nearest,
                         "'; there are ", list_of_paths(path_of, count)});
}

/// The blocks of a tree whose selectors are checked.
struct SelectedBlocks {
  std::size_t count;
  const PathSource& path_of;
};
/// What stands for the number of a variant in a block that does not come to a choice.
inline constexpr std::size_t not_reached = static_cast<std::size_t>(-1);

template <class Selector>
inline constexpr bool may_stay_idle = requires { requires Selector::may_match_nothing; };

/// Refuses the selectors in a node; `number_of(k)` is the variant that block k follows, counted below the node.
template <class R, class Owner, class F>
void refuse_idle_selectors(const LeafNode<R, Owner>&, const SelectedBlocks&, const F&) {}
template <class... Nodes, class F>
void refuse_idle_selectors(const SequenceNode<Nodes...>& node, const SelectedBlocks& blocks,
                           const F& number_of);
template <class Selector, class... Nodes, class F>
void refuse_idle_selectors(const ChoiceNode<Selector, Nodes...>& node, const SelectedBlocks& blocks,
                           const F& number_of);

template <std::size_t I, class List, class F>
void refuse_in_sequence(const List& nodes, const SelectedBlocks& blocks, const F& number_of) {
  if constexpr (I > 0) {  // the last node counts fastest
    constexpr std::size_t count = variant_count<ListedType<I - 1, List>>;
    refuse_idle_selectors(get<I - 1>(nodes), blocks, [&](std::size_t k) {
      const std::size_t number = number_of(k);
      return number == not_reached ? not_reached : number % count;
    });
    refuse_in_sequence<I - 1>(nodes, blocks, [&](std::size_t k) {
      const std::size_t number = number_of(k);
      return number == not_reached ? not_reached : number / count;
    });
  }
}
template <class... Nodes, class F>
void refuse_idle_selectors(const SequenceNode<Nodes...>& node, const SelectedBlocks& blocks,
                           const F& number_of) {
  refuse_in_sequence<sizeof...(Nodes)>(node.nodes, blocks, number_of);
}

/// Refuses a selector that gives no block its first rule, or, if it returns a number, all blocks the same rule. A
/// selector of the user's may do so with a single block, which cannot be divided.
template <class Selector>
void refuse_idle(const Selector& selector, const SelectedBlocks& blocks, std::size_t reached,
                 std::size_t in_first, std::size_t in_largest) {
  if constexpr (requires { selector.pattern; }) {
    if (reached > 0 && in_first == 0) fail_idle_path(selector.pattern, blocks.path_of, blocks.count);
  } else if constexpr (!may_stay_idle<Selector>) {
    constexpr bool decides = std::is_same_v<std::invoke_result_t<const Selector&, const BlockInfo&>, bool>;
    if (reached > 1 && (decides ? in_first == 0 : in_largest == reached))
      fail_idle_selector(blocks.path_of, blocks.count);
  }
}

template <class Selector, class... Nodes, class F>
void refuse_idle_selectors(const ChoiceNode<Selector, Nodes...>& node, const SelectedBlocks& blocks,
                           const F& number_of) {
  std::size_t first = 0, reached = 0, in_first = 0, in_largest = 0;
  const auto look_at = [&]<class Node>(const Node& alternative) {
    constexpr std::size_t count = variant_count<Node>;
    const auto number_below = [&](std::size_t k) {
      const std::size_t number = number_of(k);
      return number != not_reached && number >= first && number < first + count ? number - first
                                                                                : not_reached;
    };
    std::size_t inside = 0;
    for (std::size_t k = 0; k < blocks.count; ++k) inside += number_below(k) != not_reached ? 1U : 0U;
    refuse_idle_selectors(alternative, blocks, number_below);
    in_first += first == 0 ? inside : 0;
    in_largest = std::max(in_largest, inside);
    reached += inside;
    first += count;
  };
  node.nodes.apply([&](const auto&... alternative) { (look_at(alternative), ...); });
  if constexpr (!std::is_same_v<Selector, ChosenByOptions>)
    refuse_idle(node.selector, blocks, reached, in_first, in_largest);
}

}  // namespace descent::detail
