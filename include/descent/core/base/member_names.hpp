// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/members.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

// The names of the members of an aggregate, for messages: compilers write them where a pointer to a member is an argument of
// a template.

namespace descent::detail {

template <class T>
struct NeverMade {
  T value;
};

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"  // of types in unnamed namespaces
#endif
/// Only its address is used, by the compiler.
template <class T>
extern NeverMade<T> never_made;

template <class Member>
struct PointerToMember {
  Member* to;
};
template <class Member>
PointerToMember(Member*) -> PointerToMember<Member>;

/// "sgd.momentum)}]" -> "momentum"
constexpr std::string_view last_identifier(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  std::size_t end = text.size();
  while (end > 0 && !is_letter(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

template <auto pointer>
constexpr const char* text_of_pointer() {  // another type would be named in it
#if defined(__GNUC__)
  return __PRETTY_FUNCTION__;
#else
  return "";
#endif
}

template <std::size_t place, class First, class... More>
constexpr auto* pointer_to(First& first, More&... more) {
  if constexpr (place == 0) {
    return &first;
  } else {
    return pointer_to<place - 1>(more...);
  }
}

template <class T, std::size_t place>
constexpr auto pointer_to_member() {
  return PointerToMember{
      visit_members(never_made<T>.value, [](auto&... members) { return pointer_to<place>(members...); })};
}
/// False if T has a reference: no constant can name what it refers to.
template <class T, std::size_t place>
concept HasKnownAddress =
    requires { typename std::bool_constant<(static_cast<void>(pointer_to_member<T, place>()), true)>; };

template <class T, std::size_t place>
constexpr std::string_view member_name() {
  if constexpr (HasKnownAddress<T, place>)
    return last_identifier(text_of_pointer<pointer_to_member<T, place>()>());
  return {};
}

/// The names of the members, in order; empty ones if one is a reference, or if the compiler does not tell them.
template <class T>
constexpr auto member_names() {
  return []<std::size_t... place>(std::index_sequence<place...>) {
    return std::array<std::string_view, sizeof...(place)>{member_name<T, place>()...};
  }(std::make_index_sequence<member_count<T>()>());
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace descent::detail
