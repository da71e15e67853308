// SPDX-License-Identifier: MIT
#include "support/make_rules.hpp"

#include "support/catch.hpp"

std::vector<test::RuleUnderTest> test::rules_3() { return rules_of_part<3>(); }
TEST_CASE("x"){}
