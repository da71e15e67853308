// SPDX-License-Identifier: MIT
#include "support/make_rules.hpp"

#include "support/catch.hpp"
#include "support/descending.hpp"

std::vector<test::RuleUnderTest> test::rules_6() { return rules_of_part<6>(); }

TEST_CASE("the rules of part 6 have names of their own and descend") {
  test::check_that_they_descend(test::rules_6());
}
