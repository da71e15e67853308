// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/runtime/rule_expression.hpp>
#include <descent/schedules/text/reader.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// From text to a rule's expression.

namespace descent {

/// The largest number of rules in a text for make_optimizer.
inline constexpr std::size_t most_rules_in_text = 64;
/// The largest number of characters in a text for make_optimizer.
inline constexpr std::size_t longest_rule_text = 100'000;

namespace detail::inline DESCENT_BUILD {

/// Parses the expression of a rule, as C++ would read it.
class ExpressionReader {
 public:
  explicit ExpressionReader(std::string_view text) : reader_(text, "make_optimizer") {}

  RuleExpression whole_text() {
    if (reader_.text().size() > longest_rule_text)
      reader_.fail_with(longest_rule_text,
                        "the text is longer than " + std::to_string(longest_rule_text) + " characters");
    RuleExpression expression = composition();
    if (!reader_.at_end()) reader_.fail_here("'|' or the end");
    return expression;
  }

 private:
  static constexpr int deepest = 20;  // nested brackets, so that no text exhausts the stack

  /// a | b | c
  RuleExpression composition() {
    if (++depth_ > deepest)
      reader_.fail_with(reader_.position(),
                        "found more than " + std::to_string(deepest) + " compositions inside each other");
    RuleExpression first = part();
    if (reader_.next() == '|') {
      RuleExpression chain{.kind = Composition::chain, .begin = first.begin};
      chain.parts.push_back(std::move(first));
      while (reader_.accept("|")) chain.parts.push_back(part());
      first = std::move(chain);
    }
    --depth_;
    return first;
  }

  RuleExpression part() {
    if (reader_.accept("(")) {
      RuleExpression inside = composition();
      reader_.expect(")");
      return inside;
    }
    skip_namespace_of_descent();
    RuleExpression expression{.begin = reader_.position(), .name = std::string(reader_.word())};
    if (expression.name.empty()) reader_.fail_here("the name of a rule, partition, masked, chain or '('");
    reader_.pass(expression.name);
    if (expression.name == "chain") return arguments(std::move(expression), Composition::chain);
    if (expression.name == "partition") return arguments(std::move(expression), Composition::partition);
    if (expression.name == "masked") return arguments(std::move(expression), Composition::masked);
    if (++rules_ > most_rules_in_text)
      reader_.fail_with(expression.begin,
                        "found more than " + std::to_string(most_rules_in_text) + " rules in one text");
    if (reader_.accept("{")) read_options(expression);
    return expression;
  }

  /// ( [selector,] rule, rule, ... )
  RuleExpression arguments(RuleExpression expression, Composition kind) {
    expression.kind = kind;
    reader_.expect("(");
    if (kind != Composition::chain) {
      read_selector(expression.selector);
      reader_.expect(",");
    }
    do {
      expression.parts.push_back(composition());
    } while (reader_.accept(","));
    reader_.expect(")");
    if (kind == Composition::masked && expression.parts.size() != 1)
      reader_.fail_with(expression.begin, "masked takes a selector and one rule, found " +
                                              std::to_string(expression.parts.size()));
    if (kind == Composition::partition && expression.parts.size() != 2)
      reader_.fail_with(expression.begin, "partition takes a selector and two rules, found " +
                                              std::to_string(expression.parts.size()));
    return expression;
  }

  void read_selector(SelectorText& selector) {
    skip_namespace_of_descent();
    selector.begin = reader_.position();
    selector.name = reader_.word();
    reader_.pass(selector.name);
    if (selector.name == "matrices" || selector.name == "vectors" || selector.name == "biases" ||
        selector.name == "no_decay")
      return;
    if (selector.name != "by_path") {
      reader_.go_to(selector.begin);
      reader_.fail_here("a selector: matrices, vectors, biases, no_decay or by_path(\"...\")");
    }
    reader_.expect("(");
    selector.pattern = reader_.quoted();
    reader_.expect(")");
  }

  void read_options(RuleExpression& rule) {
    while (!reader_.accept("}")) {
      if (!rule.options.empty()) {
        reader_.expect(",");
        if (reader_.accept("}")) return;
      }
      OptionText option;
      option.name_at = reader_.position();
      if (at_name_of_option()) {
        reader_.expect(".");
        option.name = reader_.word();
        reader_.pass(option.name);
        reader_.expect("=");
      }
      option.begin = reader_.position();
      option.end = end_of_value();
      if (option.end == option.begin) reader_.fail_here("a value");
      reader_.go_to(option.end);
      rule.options.push_back(std::move(option));
    }
  }

  /// ".beta1", but not the number ".5"
  bool at_name_of_option() const { return reader_.next() == '.' && !reader_.at_number(); }

  /// The place of the ',' or '}' that ends a value: outside of all brackets and quotation marks in it.
  std::size_t end_of_value() const {
    const std::string_view text = reader_.text();
    std::size_t depth = 0;
    bool in_quotation = false;
    for (std::size_t k = reader_.position(); k < text.size(); ++k) {
      const char c = text[k];
      if (c == '"') in_quotation = !in_quotation;
      if (in_quotation) continue;
      if (depth == 0 && (c == ',' || c == '}')) return without_blanks(reader_.position(), k);
      if (c == '{' || c == '(' || c == '[') ++depth;
      if ((c == '}' || c == ')' || c == ']') && depth > 0) --depth;
    }
    reader_.fail(text.size(), "'}'");
  }
  std::size_t without_blanks(std::size_t begin, std::size_t end) const {
    while (end > begin && std::string_view(" \t\r\n").find(reader_.text()[end - 1]) != std::string_view::npos)
      --end;
    return end;
  }

  void skip_namespace_of_descent() {
    TextReader ahead = reader_;
    if (ahead.word() != "descent") return;
    ahead.pass("descent");
    if (ahead.accept("::")) reader_ = ahead;
  }

  TextReader reader_;
  int depth_ = 0;
  std::size_t rules_ = 0;
};

inline ParsedRule parsed_rule(std::string_view text) {
  return {std::string(text), ExpressionReader(text).whole_text()};
}

}  // namespace detail::inline DESCENT_BUILD
}  // namespace descent
