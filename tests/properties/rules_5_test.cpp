// SPDX-License-Identifier: MIT
#include "support/make_rules.hpp"

#include "support/catch.hpp"
#include "support/descending.hpp"

std::vector<test::RuleUnderTest> test::rules_5() { return rules_of_part<5>(); }

TEST_CASE("the rules of part 5 have names of their own and descend") {
  test::check_that_they_descend(test::rules_5());
}
