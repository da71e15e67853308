// SPDX-License-Identifier: MIT
#include "support/make_rules.hpp"

#include "support/catch.hpp"

std::vector<test::RuleUnderTest> test::rules_4() { return rules_of_part<4>(); }
TEST_CASE("x"){}
