// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>

// Access to the members of an aggregate by position: the options of a rule, and what it remembers. Each
// member's type must be constructible from {}: numbers, arrays, aggregates, std::optional, std::function.

namespace descent::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Converts to any type, for a member that is not constructible from {}.
struct AnyMember {
  template <class T>
  operator T() const;  // never defined
};

inline constexpr std::size_t most_members = 24;

// clang-format off
/// Returns the limit plus one if there are more members.
template <class T>
constexpr std::size_t member_count() {
  if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return most_members + 1; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 24; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 23; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 22; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 21; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 20; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 19; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 18; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 17; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 16; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 15; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 14; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 13; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 12; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 11; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 10; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}}; }) { return 9; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}}; }) { return 8; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}}; }) { return 7; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}}; }) { return 6; }
  else if constexpr (requires { T{{}, {}, {}, {}, {}}; }) { return 5; }
  else if constexpr (requires { T{{}, {}, {}, {}}; }) { return 4; }
  else if constexpr (requires { T{{}, {}, {}}; }) { return 3; }
  else if constexpr (requires { T{{}, {}}; }) { return 2; }
  else if constexpr (requires { T{{}}; }) { return 1; }
  else { return 0; }
}

/// Whether there is a member after `count` that is not constructible from {}.
template <class T, std::size_t count>
constexpr bool has_one_more_member() {
  if constexpr (count == 0) { return requires { T{AnyMember{}}; }; }
  else if constexpr (count == 1) { return requires { T{{}, AnyMember{}}; }; }
  else if constexpr (count == 2) { return requires { T{{}, {}, AnyMember{}}; }; }
  else if constexpr (count == 3) { return requires { T{{}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 4) { return requires { T{{}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 5) { return requires { T{{}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 6) { return requires { T{{}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 7) { return requires { T{{}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 8) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 9) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 10) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 11) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 12) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 13) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 14) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 15) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 16) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 17) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 18) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 19) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 20) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 21) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 22) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 23) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else if constexpr (count == 24) { return requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, AnyMember{}}; }; }
  else { return true; }
}

/// Calls visit(member, ...) with all members, and returns its result, or nothing if there are no members.
template <class T, class F>
constexpr auto visit_members([[maybe_unused]] T& value, [[maybe_unused]] F&& visit) {
  constexpr std::size_t count = member_count<std::remove_const_t<T>>();
  if constexpr (count == 1) { auto& [m1] = value; return visit(m1); }
  else if constexpr (count == 2) { auto& [m1, m2] = value; return visit(m1, m2); }
  else if constexpr (count == 3) { auto& [m1, m2, m3] = value; return visit(m1, m2, m3); }
  else if constexpr (count == 4) { auto& [m1, m2, m3, m4] = value; return visit(m1, m2, m3, m4); }
  else if constexpr (count == 5) { auto& [m1, m2, m3, m4, m5] = value; return visit(m1, m2, m3, m4, m5); }
  else if constexpr (count == 6) { auto& [m1, m2, m3, m4, m5, m6] = value; return visit(m1, m2, m3, m4, m5, m6); }
  else if constexpr (count == 7) { auto& [m1, m2, m3, m4, m5, m6, m7] = value; return visit(m1, m2, m3, m4, m5, m6, m7); }
  else if constexpr (count == 8) { auto& [m1, m2, m3, m4, m5, m6, m7, m8] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8); }
  else if constexpr (count == 9) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9); }
  else if constexpr (count == 10) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10); }
  else if constexpr (count == 11) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11); }
  else if constexpr (count == 12) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12); }
  else if constexpr (count == 13) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13); }
  else if constexpr (count == 14) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14); }
  else if constexpr (count == 15) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15); }
  else if constexpr (count == 16) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16); }
  else if constexpr (count == 17) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17); }
  else if constexpr (count == 18) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18); }
  else if constexpr (count == 19) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19); }
  else if constexpr (count == 20) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20); }
  else if constexpr (count == 21) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21); }
  else if constexpr (count == 22) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22); }
  else if constexpr (count == 23) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23); }
  else if constexpr (count == 24) { auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24] = value; return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24); }
}
// clang-format on

struct NoMember {};
template <class T>
struct AnyBaseOf {
  template <class Base>
    requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>)
  operator Base() const;  // never defined
};
/// Whether an aggregate has base classes, which the count of members would include.
template <class T>
concept HasBaseClass =
    requires { T{AnyBaseOf<T>{}}; } && !requires { T{NoMember{}}; };  // std::any takes both

template <class T>
constexpr bool has_countable_members() {
  if constexpr (std::is_aggregate_v<T> && !HasBaseClass<T>) {
    constexpr std::size_t count = member_count<T>();
    return (count > 0 || std::is_empty_v<T>)&&!has_one_more_member<T, count>();
  }
  return false;
}

}  // namespace descent::detail
