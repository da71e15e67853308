// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/member_names.hpp>
#include <descent/core/base/members.hpp>
#include <descent/core/base/names.hpp>
#include <descent/core/chain.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/schedule.hpp>
#include <descent/schedules/text/to_string.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
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
  std::string name{};
  std::vector<std::string> options{};
  /// The names of the options, or none if the text was read from a file.
  std::vector<std::string_view> option_names{};

  void add(std::string_view option, std::string text_of_it) {
    option_names.push_back(option);
    options.push_back(std::move(text_of_it));
  }
  /// "momentum", or "2" if the compiler does not tell names.
  std::string name_of_option(std::size_t place) const {
    const bool is_named = place < option_names.size() && !option_names[place].empty();
    return is_named ? std::string(option_names[place]) : std::to_string(place + 1);
  }

  /// "AdamW{0.001, 0.9, 0.999}"
  std::string text() const {
    std::string text = name + "{";
    for (std::size_t k = 0; k < options.size(); ++k) text += (k == 0 ? "" : ", ") + options[k];
    return text + "}";
  }
};

/// An aggregate of options, and of a member `state` for all that it remembers: ReduceOnPlateau.
template <class T>
concept HasStateMember = std::is_aggregate_v<T> && requires(T& object) {
  requires std::is_same_v<decltype(object.state), typename T::State>;
};

template <class T, class Member>
bool is_state_of([[maybe_unused]] const T& object, [[maybe_unused]] const Member& member) {
  if constexpr (HasStateMember<T>) {
    return static_cast<const void*>(&member) == static_cast<const void*>(&object.state);
  } else {
    return false;
  }
}

/// An aggregate of options as text, under a name; without options if their number is not known.
template <class T>
RuleText text_of_members(const T& options, std::string_view name) {
  RuleText text{.name = std::string(name)};
  if constexpr (has_countable_members<T>()) {
    constexpr auto names = member_names<T>();
    std::size_t place = 0;
    const auto add = [&](const auto& option) {
      if (!is_state_of(options, option)) text.add(names[place], line_of_option(option));
      ++place;
    };
    visit_members(options, [&](const auto&... each) { (add(each), ...); });
  }
  return text;
}

/// The options of an object that is no optimizer: those of its options(), or the members but for `state`.
template <class T>
RuleText text_of_options(const T& object) {
  if constexpr (requires { object.options(); }) {
    return text_of_members(object.options(), type_name<T>());
  } else {
    return text_of_members(object, type_name<T>());
  }
}
template <class T>
concept TellsOptions = requires(const T& object) { object.options(); } || HasStateMember<T>;

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
  texts.push_back({.name = group_name("partition", sizeof...(Rules))});
  texts.back().add("selector", line_of_option(partition.selector));
  partition.rules.apply([&](const auto&... each) { (collect_rule_texts(each, texts), ...); });
}
template <class... Rules>
void collect_rule_texts(const Choice<Rules...>& choice, std::vector<RuleText>& texts) {
  texts.push_back({.name = group_name("either", sizeof...(Rules))});
  texts.back().add("chosen", std::to_string(choice.chosen));
  choice.rules.apply([&](const auto&... each) { (collect_rule_texts(each, texts), ...); });
}
template <class R>
void collect_rule_texts(const R& rule, std::vector<RuleText>& texts) {
  texts.push_back(text_of_members(rule, type_name<R>()));
}

template <class R>
std::vector<RuleText> rule_texts(const R& rule) {
  std::vector<RuleText> texts;
  collect_rule_texts(rule, texts);
  return texts;
}

}  // namespace descent::detail
