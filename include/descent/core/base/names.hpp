// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/config.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

// Names of types and of fields, and how near two names are.

namespace descent::detail {

/// Entry `index` of a stringised argument list such as "weights, bias"; empty past the end.
constexpr std::string_view name_in_list(std::string_view list, std::size_t index) {
  std::size_t begin = 0, depth = 0;
  for (std::size_t k = 0; k <= list.size(); ++k) {
    const char c = k < list.size() ? list[k] : ',';
    if (c == '(' || c == '[' || c == '{' || c == '<') ++depth;
    if (c == ')' || c == ']' || c == '}' || c == '>') --depth;
    if (c != ',' || (depth != 0 && k < list.size())) continue;
    if (index-- == 0) {
      std::size_t end = k;
      while (begin < end && list[begin] == ' ') ++begin;
      while (begin < end && list[end - 1] == ' ') --end;
      return list.substr(begin, end - begin);
    }
    begin = k + 1;
  }
  return {};
}

/// "ns::Outer<int>::Inner<ns::T>" without the template arguments at its end.
constexpr std::string_view without_template_arguments(std::string_view name) {
  if (!name.ends_with('>')) return name;
  std::size_t begin = name.size(), depth = 0;
  do {
    --begin;
    if (name[begin] == '>') ++depth;
    if (name[begin] == '<') --depth;
  } while (begin > 0 && depth > 0);
  return begin == 0 || name[begin - 1] == ':' ? name : name.substr(0, begin);
}

/// The name of a type as a user wrote it, without namespaces and template arguments: "AdamW".
template <class T>
constexpr std::string_view type_name() {
#if defined(__GNUC__)
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("T = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
#elif defined(_MSC_VER)
  std::string_view text = __FUNCSIG__;
  text.remove_prefix(text.find("type_name<") + 10);
  text = text.substr(0, text.rfind(">(void)"));
  if (text.starts_with("struct ")) text.remove_prefix(7);
  if (text.starts_with("class ")) text.remove_prefix(6);
#else
  std::string_view text = "rule";
#endif
  text = without_template_arguments(text);
  const std::size_t scope = text.rfind("::");
  return scope == std::string_view::npos ? text : text.substr(scope + 2);
}

/// The name of a type with its namespaces and template arguments.
template <class T>
constexpr std::string_view qualified_type_name() {
#if defined(__GNUC__)
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("T = ") + 4);
  return text;
#else
  return "";
#endif
}

// Its address identifies a type without RTTI; not const, because linkers may merge equal constants.
template <class F>
inline char type_tag = 0;

/// The number of edits that turn one text into the other; compares only the last 63 characters of each.
DESCENT_COLD inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t most = 63;
  a.remove_prefix(a.size() > most ? a.size() - most : 0);
  b.remove_prefix(b.size() > most ? b.size() - most : 0);
  std::size_t row[most + 1] = {};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t inserted = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;
      const std::size_t replaced = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = std::exchange(row[j + 1], inserted < replaced ? inserted : replaced);
    }
  }
  return row[b.size()];
}

}  // namespace descent::detail
