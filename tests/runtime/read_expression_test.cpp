// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/runtime/named_options.hpp>
#include <descent/runtime/read_expression.hpp>

#include <string>

using descent::detail::Composition;
using descent::detail::parsed_rule;

namespace {

std::string value_of(const descent::detail::ParsedRule& rule, std::size_t option) {
  const auto& text = rule.expression.options[option];
  return rule.text.substr(text.begin, text.end - text.begin);
}
std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t k = 0; k < times; ++k) all += text;
  return all;
}

}  // namespace

TEST_CASE("a rule is a name and options") {
  const auto rule = parsed_rule(" descent::AdamW { .beta1 = .5 , 1e-3, .rate = a(1, 2) >> B{.c = 3} } ");
  CHECK(rule.expression.name == "AdamW");
  REQUIRE(rule.expression.options.size() == 3);
  CHECK(rule.expression.options[0].name == "beta1");
  CHECK(value_of(rule, 0) == ".5");
  CHECK(rule.expression.options[1].name.empty());
  CHECK(value_of(rule, 1) == "1e-3");
  CHECK(value_of(rule, 2) == "a(1, 2) >> B{.c = 3}");
  CHECK(parsed_rule("Adam").expression.options.empty());
  CHECK(parsed_rule("Adam{}").expression.options.empty());
  CHECK(parsed_rule("Adam{1,}").expression.options.size() == 1);
}

TEST_CASE("compositions keep their order and their selectors") {
  const auto rule =
      parsed_rule("A | partition(by_path(\"head\"), B | C, masked(no_decay, D)) | chain(E, (F | G))")
          .expression;
  CHECK(rule.kind == Composition::chain);
  REQUIRE(rule.parts.size() == 3);
  CHECK(rule.parts[0].name == "A");
  const auto& partition = rule.parts[1];
  CHECK(partition.kind == Composition::partition);
  CHECK(partition.selector.name == "by_path");
  CHECK(partition.selector.pattern == "head");
  CHECK(partition.parts[0].parts.size() == 2);
  CHECK(partition.parts[1].kind == Composition::masked);
  CHECK(partition.parts[1].selector.name == "no_decay");
  CHECK(rule.parts[2].parts[1].parts[1].name == "G");
}

TEST_CASE("an error tells the place, what was found and what is legal") {
  const auto message = [](const std::string& text) {
    return test::refusal_of([&] { static_cast<void>(parsed_rule(text)); });
  };
  CHECK(message("") ==
        "descent: make_optimizer: at character 1: found the end, expected the name of a rule, partition, "
        "masked, chain or '('");
  CHECK(message("Adam{} Adam{}") ==
        "descent: make_optimizer: at character 8: found 'Adam', expected '|' or the end");
  CHECK(message("Adam{.beta1 0.5}") == "descent: make_optimizer: at character 13: found '0.5', expected '='");
  CHECK(message("Adam{.beta1 = }") ==
        "descent: make_optimizer: at character 15: found '}', expected a value");
  CHECK(message("Adam{.beta1 = 1") ==
        "descent: make_optimizer: at character 16: found the end, expected '}'");
  CHECK(message("partition(all, A, B)") ==
        "descent: make_optimizer: at character 11: found 'all', expected a selector: matrices, vectors, "
        "biases, "
        "no_decay or by_path(\"...\")");
  CHECK(message("partition(matrices, A)") ==
        "descent: make_optimizer: at character 1: partition takes a selector and two rules, found 1");
  CHECK(message("masked(matrices, A, B)") ==
        "descent: make_optimizer: at character 1: masked takes a selector and one rule, found 2");
  CHECK(message("masked(by_path(head), A)") ==
        "descent: make_optimizer: at character 16: found 'head', expected a text in quotation marks");
  CHECK(message("masked(by_path(\"head), A)") ==
        "descent: make_optimizer: at character 16: the quotation mark is not closed");
}

TEST_CASE("hostile text is refused in time, and without exhausting the stack") {
  const auto message = [](const std::string& text) {
    return test::refusal_of([&] { static_cast<void>(parsed_rule(text)); });
  };
  CHECK(message(repeated("(", 90'000)) ==
        "descent: make_optimizer: at character 21: found more than 20 compositions inside each other");
  CHECK(message(repeated("A|", 1'000)) ==
        "descent: make_optimizer: at character 129: found more than 64 rules in one text");
  CHECK(message(repeated(" ", 100'001)) ==
        "descent: make_optimizer: at character 100001: the text is longer than 100000 characters");
  CHECK(message("A{" + repeated("{", 90'000)) ==
        "descent: make_optimizer: at character 90003: found the end, expected '}'");
}

TEST_CASE("names and values become text, and cannot become anything else") {
  CHECK(descent::text_of_named_options("AdamW", {{"learning_rate", "0.1"}, {"beta1", "0.8"}}) ==
        "AdamW{.beta1 = 0.8, .learning_rate = 0.1}");
  CHECK(descent::text_of_named_options("AdamW", {}) == "AdamW{}");
  const auto message = [](const std::string& name, const std::string& option, const std::string& value) {
    return test::refusal_of([&] {
      static_cast<void>(descent::text_of_named_options(name, {{option, value}}));
    });
  };
  CHECK(message("AdamW", "beta1", "0.8} | Sgd{.momentum = 0.5") ==
        "descent: make_optimizer: 'AdamW' and its options are not the name of one rule, names and values: "
        "AdamW{.beta1 = 0.8} | Sgd{.momentum = 0.5}");
  CHECK_FALSE(message("AdamW", "beta1", "0.8, .beta2 = 0.5").empty());
  CHECK_FALSE(message("AdamW{} | Sgd", "beta1", "0.8").empty());
  CHECK_FALSE(message("AdamW", "beta1 = 0.5, .beta2", "0.8").empty());
  CHECK(message("AdamW", "beta1", "") == "descent: make_optimizer: option 'beta1' of AdamW has no value");
}
