// SPDX-License-Identifier: MIT
#include "support/make_rules.hpp"

#include "support/catch.hpp"

std::vector<test::RuleUnderTest> test::rules_1() { return rules_of_part<1>(); }
TEST_CASE("x"){}
