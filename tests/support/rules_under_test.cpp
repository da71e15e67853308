// SPDX-License-Identifier: MIT
#include "support/rule_under_test.hpp"

#include <iterator>

// The rules of all parts together.

namespace {

template <std::size_t... part>
std::vector<test::RuleUnderTest> all_parts(std::index_sequence<part...>) {
  std::vector<test::RuleUnderTest> all;
  auto append = [&](std::vector<test::RuleUnderTest> rules) {
    all.insert(all.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end()));
  };
  (append(test::rules_of_part<part + 1>()), ...);
  return all;
}

}  // namespace

const std::vector<test::RuleUnderTest>& test::rules_under_test() {
  static const auto rules = all_parts(std::make_index_sequence<DESCENT_TEST_PARTS>());
  return rules;
}
