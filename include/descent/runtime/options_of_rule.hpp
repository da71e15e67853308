// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/member_names.hpp>
#include <descent/core/base/members.hpp>
#include <descent/core/base/names.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/runtime/option_text.hpp>
#include <descent/runtime/rule_expression.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// A rule from its expression, and back to text.

namespace descent::detail::inline DESCENT_BUILD {

/// Whether two names differ in capital letters at most.
inline bool differ_in_case_only(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return small(x) == small(y); });
}
/// A name for a message: no longer than a line.
inline std::string shortened(std::string_view name) {
  constexpr std::size_t longest = 60;
  return joined({name.substr(0, longest), name.size() > longest ? "..." : ""});
}
/// The name among `names` that differs least.
template <class Names>
std::string nearest_name(std::string_view name, const Names& names) {
  std::string_view nearest;
  for (const std::string_view candidate : names)
    if (differ_in_case_only(name, candidate)) return std::string(candidate);
  for (const std::string_view candidate : names)
    if (nearest.empty() || edit_distance(name, candidate) < edit_distance(name, nearest)) nearest = candidate;
  return std::string(nearest);
}
template <class Names>
std::string list_of_names(const Names& names) {
  std::string list;
  for (const std::string_view name : names) list += joined({list.empty() ? "" : ", ", name});
  return list;
}

/// The place of an option in the rule's struct. Errors: std::invalid_argument for a name that is not there.
template <class Names>
std::size_t place_of_option(const TextReader& reader, std::string_view rule, const Names& names,
                            const OptionText& option, std::size_t given) {
  if (names.empty()) reader.fail(option.name_at, joined({"'}': ", rule, " has no options"}));
  if (option.name.empty()) {
    if (given >= names.size())
      reader.fail(option.begin, joined({"at most ", std::to_string(names.size()), " options of ", rule}));
    return given;
  }
  const auto found = std::find(names.begin(), names.end(), option.name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  reader.fail_with(option.name_at, joined({"found '.", shortened(option.name), "', expected an option of ",
                                           rule, "; the nearest is '.", nearest_name(option.name, names),
                                           "'; there are ", list_of_names(names)}));
}

/// Calls f(member) for member number `place`.
template <class R, class F>
void with_member(R& rule, std::size_t place, const F& f) {
  std::size_t next = 0;
  visit_members(rule, [&](auto&... members) { ((next++ == place ? f(members) : void()), ...); });
}

/// The rule with the options that an expression gives.
template <class R>
R rule_from(const ParsedRule& parsed, const RuleExpression& expression) {
  static constexpr auto names = member_names<R>();
  R rule{};
  std::vector<bool> is_given(names.size());
  for (std::size_t k = 0; k < expression.options.size(); ++k) {
    const OptionText& option = expression.options[k];
    TextReader reader(std::string_view(parsed.text).substr(0, option.end), "make_optimizer", option.begin);
    const std::size_t place = place_of_option(reader, type_name<R>(), names, option, k);
    if (is_given[place]) reader.fail_with(option.name_at, joined({"'.", names[place], "' is given twice"}));
    is_given[place] = true;
    with_member(rule, place, [&](auto& member) { read_option_value(reader, member); });
    if (!reader.at_end())
      reader.fail_here("',' or '}' after the value of '." + std::string(names[place]) + "'");
  }
  return rule;
}

/// "AdamW{.learning_rate = 0.01}": options that have their default are left out.
template <class R>
std::string text_of_rule(const R& rule) {
  static constexpr auto names = member_names<R>();
  const R plain{};
  std::vector<std::string> values, defaults;
  std::vector<bool> is_opaque;  // functions of the program: there is no telling whether one is the default
  const auto collect = [](const R& from, std::vector<std::string>& texts) {
    visit_members(from, [&](const auto&... members) { (texts.push_back(option_text(members)), ...); });
  };
  if constexpr (names.size() > 0) {
    collect(rule, values);
    collect(plain, defaults);
    visit_members(rule, [&](const auto&... members) {
      (is_opaque.push_back(!can_be_read<std::remove_cvref_t<decltype(members)>>), ...);
    });
  }
  std::string text(type_name<R>());
  text += '{';
  bool is_first = true;
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (values[k] == defaults[k] && !is_opaque[k]) continue;
    text += joined({is_first ? "." : ", .", names[k], " = ", values[k]});
    is_first = false;
  }
  return text + "}";
}

}  // namespace descent::detail::inline DESCENT_BUILD
