// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>

#include <cstddef>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

// Lists of values that need fewer templates than std::tuple: rules, references, and the fields of an aggregate.
//
// A recipe makes a list of rules for every `|`. With std::tuple and tuple_cat, constructors were three fifths of the
// templates that a file including all of descent instantiated.

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

// Access to the fields of a small aggregate by position, so that rules write their state and their constants
// as plain structs: `struct Coefficients { S beta1, beta2, epsilon; };`.

namespace descent::detail {

struct AnyField {
  template <class T>
  operator T() const;  // never defined: only for counting
};

template <class T, class Sequence>
inline constexpr bool takes_fields = false;
template <class T, std::size_t... I>
inline constexpr bool takes_fields<T, std::index_sequence<I...>> =
    requires { T{(static_cast<void>(I), AnyField{})...}; };

inline constexpr std::size_t most_fields = 12;

// Counts upwards, because most aggregates have few fields; to one more than the limit, so that callers can detect too
// many.
template <class T, std::size_t N = 0>
constexpr std::size_t count_fields() {
  if constexpr (N > most_fields || !takes_fields<T, std::make_index_sequence<N + 1>>) {
    return N;
  } else {
    return count_fields<T, N + 1>();
  }
}

/// The number of fields of an aggregate, counted on a version of it whose fields are numbers.
template <class T>
inline constexpr std::size_t field_count = count_fields<T>();

/// References to the N fields of an aggregate.
template <std::size_t N, class T>
DESCENT_INLINE auto tie_fields(T& fields) {
  static_assert(N <= most_fields, "descent: a rule's state, memory or coefficients have at most 12 fields");
  // clang-format off
  if constexpr (N == 0) { return tied(); }
  else if constexpr (N == 1) { auto& [a] = fields; return tied(a); }
  else if constexpr (N == 2) { auto& [a, b] = fields; return tied(a, b); }
  else if constexpr (N == 3) { auto& [a, b, c] = fields; return tied(a, b, c); }
  else if constexpr (N == 4) { auto& [a, b, c, d] = fields; return tied(a, b, c, d); }
  else if constexpr (N == 5) { auto& [a, b, c, d, e] = fields; return tied(a, b, c, d, e); }
  else if constexpr (N == 6) { auto& [a, b, c, d, e, f] = fields; return tied(a, b, c, d, e, f); }
  else if constexpr (N == 7) { auto& [a, b, c, d, e, f, g] = fields; return tied(a, b, c, d, e, f, g); }
  else if constexpr (N == 8) { auto& [a, b, c, d, e, f, g, h] = fields; return tied(a, b, c, d, e, f, g, h); }
  else if constexpr (N == 9) { auto& [a, b, c, d, e, f, g, h, i] = fields; return tied(a, b, c, d, e, f, g, h, i); }
  else if constexpr (N == 10) { auto& [a, b, c, d, e, f, g, h, i, j] = fields; return tied(a, b, c, d, e, f, g, h, i, j); }
  else if constexpr (N == 11) { auto& [a, b, c, d, e, f, g, h, i, j, k] = fields; return tied(a, b, c, d, e, f, g, h, i, j, k); }
  else { auto& [a, b, c, d, e, f, g, h, i, j, k, l] = fields; return tied(a, b, c, d, e, f, g, h, i, j, k, l); }
  // clang-format on
}

/// A value that can be replaced even if its type is not assignable, such as a lambda with captures.
template <class T>
class Replaceable {
 public:
  explicit Replaceable(T value) : value_(std::move(value)) {}
  Replaceable(const Replaceable&) = default;
  Replaceable(Replaceable&&) = default;
  Replaceable& operator=(const Replaceable& other) { return *this = Replaceable(other); }
  Replaceable& operator=(Replaceable&& other) noexcept {
    if (this != &other) replace(std::move(other.value_));
    return *this;
  }
  ~Replaceable() = default;

  void replace(T value) noexcept {
    if constexpr (std::is_move_assignable_v<T>) {
      value_ = std::move(value);
    } else {
      value_.~T();
      ::new (static_cast<void*>(&value_)) T(std::move(value));
    }
  }
  const T& operator*() const { return value_; }

 private:
  T value_;
};

}  // namespace descent::detail
