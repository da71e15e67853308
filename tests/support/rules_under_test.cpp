// SPDX-License-Identifier: MIT
#include "support/rule_under_test.hpp"

// The rules of all parts together.

namespace {

template <std::size_t... part>
std::vector<test::RuleUnderTest> all_parts(std::index_sequence<part...>) {
  std::vector<test::RuleUnderTest> rules;
  (test::add_part<part + 1>(rules), ...);
  std::erase_if(rules, [](const test::RuleUnderTest& rule) { return rule.name.empty(); });  // not tested
  return rules;
}

}  // namespace

const std::vector<test::RuleUnderTest>& test::rules_under_test() {
  static const auto rules = all_parts(std::make_index_sequence<DESCENT_TEST_PARTS>());
  return rules;
}
