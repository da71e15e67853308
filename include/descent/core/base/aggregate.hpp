// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>
#include <descent/core/base/value_list.hpp>

#include <cstddef>
#include <tuple>
#include <utility>

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

}  // namespace descent::detail
