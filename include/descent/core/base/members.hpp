// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

// The members of an aggregate by position: the options of a rule, and what it remembers.

namespace descent::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// What every member can be made from, to count them. Not std::optional, which can be made from whatever makes its value.
struct AnyMember {
  template <class T>
    requires(!is_optional<T>)
  operator T() const;  // never defined
};

template <class T, class Sequence>
inline constexpr bool takes_members = false;
template <class T, std::size_t... I>
inline constexpr bool takes_members<T, std::index_sequence<I...>> =
    requires { T{(static_cast<void>(I), AnyMember{})...}; };

inline constexpr std::size_t most_members = 24;

/// One more than the most if there are more than that.
template <class T, std::size_t N = most_members + 1>
constexpr std::size_t member_count() {
  if constexpr (N == 0 || takes_members<T, std::make_index_sequence<N>>) {
    return N;
  } else {
    return member_count<T, N - 1>();
  }
}

template <class T>
constexpr bool has_countable_members() {
  if constexpr (std::is_aggregate_v<T>) return member_count<T>() <= most_members;
  return false;
}

/// visit(member, ...) with all of them.
template <class T, class F>
constexpr void visit_members([[maybe_unused]] T& value, [[maybe_unused]] F&& visit) {
  constexpr std::size_t count = member_count<std::remove_const_t<T>>();
  // clang-format off
  if constexpr (count == 1) { auto& [m1] = value; visit(m1); }
  else if constexpr (count == 2) { auto& [m1, m2] = value; visit(m1, m2); }
  else if constexpr (count == 3) { auto& [m1, m2, m3] = value; visit(m1, m2, m3); }
  else if constexpr (count == 4) { auto& [m1, m2, m3, m4] = value; visit(m1, m2, m3, m4); }
  else if constexpr (count == 5) { auto& [m1, m2, m3, m4, m5] = value; visit(m1, m2, m3, m4, m5); }
  else if constexpr (count == 6) { auto& [m1, m2, m3, m4, m5, m6] = value; visit(m1, m2, m3, m4, m5, m6); }
  else if constexpr (count == 7) { auto& [m1, m2, m3, m4, m5, m6, m7] = value; visit(m1, m2, m3, m4, m5, m6, m7); }
  else if constexpr (count == 8) { auto& [m1, m2, m3, m4, m5, m6, m7, m8] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8); }
  else if constexpr (count == 9) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9); }
  else if constexpr (count == 10) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10); }
  else if constexpr (count == 11) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11); }
  else if constexpr (count == 12) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12); }
  else if constexpr (count == 13) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13); }
  else if constexpr (count == 14) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14); }
  else if constexpr (count == 15) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15); }
  else if constexpr (count == 16) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16); }
  else if constexpr (count == 17) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17); }
  else if constexpr (count == 18) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18); }
  else if constexpr (count == 19) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19); }
  else if constexpr (count == 20) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20); }
  else if constexpr (count == 21) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21); }
  else if constexpr (count == 22) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22); }
  else if constexpr (count == 23) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23); }
  else if constexpr (count == 24) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24] = value; visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24); }
  // clang-format on
}

}  // namespace descent::detail
