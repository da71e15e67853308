// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

// The names of the values of an enumeration, from the text that compilers give to arguments of templates.

namespace descent::detail::inline DESCENT_BUILD {

template <auto value>
constexpr const char* text_of_constant() {
#if defined(__GNUC__)
  return __PRETTY_FUNCTION__;
#else
  return "";
#endif
}

/// "fixed" for WeightDecayForm::fixed; empty for a number that no enumerator has.
template <auto value>
constexpr std::string_view enumerator_name() {
  std::string_view text = text_of_constant<value>();
  text.remove_prefix(text.find("value = ") + 8);
  text = text.substr(0, text.find_first_of(";]"));
  if (text.empty() || text.front() == '(' || (text.front() >= '0' && text.front() <= '9')) return {};
  const std::size_t scope = text.rfind("::");
  return scope == std::string_view::npos ? text : text.substr(scope + 2);
}

/// Enumerators of larger values are not found.
inline constexpr std::size_t most_enumerators = 16;

/// The names by value; empty for a value without one.
template <class Enumeration>
inline constexpr auto enumerator_names = []<std::size_t... value>(std::index_sequence<value...>) {
  return std::array<std::string_view, sizeof...(value)>{
      enumerator_name<static_cast<Enumeration>(value)>()...};
}(std::make_index_sequence<most_enumerators>());

}  // namespace descent::detail::inline DESCENT_BUILD
