// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

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

}  // namespace descent::detail
