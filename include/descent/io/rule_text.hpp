// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/members.hpp>
#include <descent/core/base/type_name.hpp>
#include <descent/core/chain.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/schedule.hpp>
#include <descent/schedules/text/to_string.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// A rule as text, so that a checkpoint records its rule and options.

namespace descent::detail {

inline constexpr const char* unknown_option = "<callable>";

/// An option as text, with the shortest numbers that read back exactly.
template <class Option>
std::string text_of_option(const Option& option) {
  if constexpr (std::is_same_v<Option, std::string>) {
    return '"' + option + '"';
  } else if constexpr (std::is_same_v<Option, Schedule>) {
    return to_string(option);
  } else if constexpr (std::is_same_v<Option, bool>) {
    return option ? "true" : "false";
  } else if constexpr (std::is_enum_v<Option>) {
    return std::to_string(static_cast<long long>(option));
  } else if constexpr (std::is_integral_v<Option>) {
    return std::to_string(option);
  } else if constexpr (std::is_floating_point_v<Option>) {
    return text_of(static_cast<double>(option));
  } else if constexpr (is_optional<Option>) {
    return option.has_value() ? text_of_option(*option) : "none";
  } else if constexpr (std::is_convertible_v<const Option&, const char*>) {
    const char* const text = option;
    return text == nullptr ? "none" : std::string("\"").append(text).append("\"");
  } else if constexpr (requires { option.begin(), option.end(); }) {
    std::string text;
    for (const auto& each : option) text += (text.empty() ? "" : ", ") + text_of_option(each);
    return "{" + text + "}";
  } else if constexpr (std::is_class_v<Option> && has_countable_members<Option>()) {  // ByPath{"encoder"}
    std::string text;
    visit_members(option, [&](const auto&... members) {
      ((text += (text.empty() ? "" : ", ") + text_of_option(members)), ...);
    });
    return joined({type_name<Option>(), "{", text, "}"});
  } else {
    return unknown_option;
  }
}

/// An option as text without line breaks, for a list with tabs.
template <class Option>
std::string line_of_option(const Option& option) {
  std::string text = text_of_option(option);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

/// One rule of a composition, with its options as text in the order of the struct.
struct RuleText {
  std::string name;
  std::vector<std::string> options;

  /// "AdamW{0.001, 0.9, 0.999}"
  std::string text() const {
    std::string text = name + "{";
    for (std::size_t k = 0; k < options.size(); ++k) text += (k == 0 ? "" : ", ") + options[k];
    return text + "}";
  }
};

inline std::string group_name(std::string_view kind, std::size_t rules) {
  return joined({kind, " of ", std::to_string(rules)});
}

/// The rules of a composition as the user wrote them, in order. Groups begin with "partition of 2" or "either of 2".
template <class R>
void collect_rule_texts(const R& rule, std::vector<RuleText>& texts);

template <class... Rules>
void collect_rule_texts(const Chain<Rules...>& chain, std::vector<RuleText>& texts) {
  chain.rules.apply([&](const auto&... each) { (collect_rule_texts(each, texts), ...); });
}
template <class Selector, class... Rules>
void collect_rule_texts(const Partition<Selector, Rules...>& partition, std::vector<RuleText>& texts) {
  texts.push_back({group_name("partition", sizeof...(Rules)), {line_of_option(partition.selector)}});
  partition.rules.apply([&](const auto&... each) { (collect_rule_texts(each, texts), ...); });
}
template <class... Rules>
void collect_rule_texts(const Choice<Rules...>& choice, std::vector<RuleText>& texts) {
  texts.push_back({group_name("either", sizeof...(Rules)), {std::to_string(choice.chosen)}});
  choice.rules.apply([&](const auto&... each) { (collect_rule_texts(each, texts), ...); });
}
template <class R>
void collect_rule_texts(const R& rule, std::vector<RuleText>& texts) {
  RuleText text{.name = std::string(type_name<R>()), .options = {}};
  if constexpr (has_countable_members<R>())
    visit_members(rule,
                  [&](const auto&... options) { (text.options.push_back(line_of_option(options)), ...); });
  texts.push_back(std::move(text));
}

template <class R>
std::vector<RuleText> rule_texts(const R& rule) {
  std::vector<RuleText> texts;
  collect_rule_texts(rule, texts);
  return texts;
}

}  // namespace descent::detail
