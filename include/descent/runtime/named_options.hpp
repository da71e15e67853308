// SPDX-License-Identifier: MIT
#pragma once

#include <descent/runtime/read_expression.hpp>
#include <descent/runtime/rule_table.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace descent {

/// "AdamW{.beta1 = 0.8, .learning_rate = 0.001}"
/// Errors: std::invalid_argument if a name or a value would end the option it belongs to.
inline std::string text_of_named_options(std::string_view name, const NamedOptions& options) {
  std::string text = detail::joined({name, "{"});
  for (const auto& [option, value] : options) {
    if (value.empty())
      detail::fail_invalid_argument({"make_optimizer: option '", option, "' of ", name, " has no value"});
    text += detail::joined({text.back() == '{' ? "." : ", .", option, " = ", value});
  }
  text += "}";
  const detail::RuleExpression read = detail::parsed_rule(text).expression;
  bool as_given =
      read.kind == detail::Composition::rule && read.name == name && read.options.size() == options.size();
  std::size_t place = 0;
  for (const auto& [option, value] : options)
    as_given = as_given && place < read.options.size() && read.options[place++].name == option;
  if (!as_given)
    detail::fail_invalid_argument(
        {"make_optimizer: '", name,
         "' and its options are not the name of one rule, names and values: ", text});
  return text;
}

}  // namespace descent
