// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// A list of rules, like a std::tuple. A recipe makes one for every `|`; with std::tuple and tuple_cat,
// constructors were three fifths of the templates that a file including all of descent instantiated.

namespace descent::detail {

template <std::size_t place, class Rule>
struct ListedRule {
  using Type = Rule;
  [[no_unique_address]] Rule rule;
};

template <class Places, class... Rules>
struct RuleListOf;
template <std::size_t... place, class... Rules>
struct RuleListOf<std::index_sequence<place...>, Rules...> : ListedRule<place, Rules>... {
  static constexpr std::size_t count = sizeof...(Rules);
  /// Returns f(rule, ...) for all rules.
  template <class F>
  DESCENT_INLINE constexpr decltype(auto) apply(F&& f) const {
    return f(this->ListedRule<place, Rules>::rule...);
  }
  template <class F>
  DESCENT_INLINE constexpr decltype(auto) apply(F&& f) {
    return f(this->ListedRule<place, Rules>::rule...);
  }
};
template <class... Rules>
using RuleList = RuleListOf<std::index_sequence_for<Rules...>, Rules...>;

/// Rule number `place`, from 0: `get<0>(optimizer.rule().rules)`.
template <std::size_t place, class Rule>
DESCENT_INLINE constexpr Rule& get(ListedRule<place, Rule>& listed) {
  return listed.rule;
}
template <std::size_t place, class Rule>
DESCENT_INLINE constexpr const Rule& get(const ListedRule<place, Rule>& listed) {
  return listed.rule;
}

/// The rule of a given type.
template <class Rule, std::size_t place>
DESCENT_INLINE constexpr Rule& get(ListedRule<place, Rule>& listed) {
  return listed.rule;
}
template <class Rule, std::size_t place>
DESCENT_INLINE constexpr const Rule& get(const ListedRule<place, Rule>& listed) {
  return listed.rule;
}
template <std::size_t place, class Rule>
ListedRule<place, Rule> listed_at(const ListedRule<place, Rule>&);
template <std::size_t place, class List>
using ListedType = typename decltype(listed_at<place>(std::declval<const List&>()))::Type;

template <class... Rules>
RuleList<Rules...> list_of(Rules... rules) {
  return {{std::move(rules)}...};
}

/// A list of references, like std::tie.
template <std::size_t place, class T>
struct TiedReference {
  T& value;
};
template <class Places, class... T>
struct TiedOf;
template <std::size_t... place, class... T>
struct TiedOf<std::index_sequence<place...>, T...> : TiedReference<place, T>... {};
template <class... T>
DESCENT_INLINE constexpr TiedOf<std::index_sequence_for<T...>, T...> tied(T&... values) {
  return {{values}...};
}
template <std::size_t place, class T>
DESCENT_INLINE constexpr T& get(const TiedReference<place, T>& tied) {
  return tied.value;
}

}  // namespace descent::detail

template <class Places, class... T>
struct std::tuple_size<descent::detail::TiedOf<Places, T...>>
    : std::integral_constant<std::size_t, sizeof...(T)> {};
template <std::size_t place, class Places, class... T>
struct std::tuple_element<place, descent::detail::TiedOf<Places, T...>> {
  using type = decltype(get<place>(std::declval<const descent::detail::TiedOf<Places, T...>&>()));
};
