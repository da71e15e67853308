// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/value_list.hpp>

#include <memory>
#include <string>
#include <utility>

using descent::detail::Replaceable;

TEST_CASE("a lambda that captures can be replaced, copied and moved; each value is destroyed once") {
  const auto shared = std::make_shared<int>(3);
  const auto times = [shared](int factor) {
    return [shared, factor](int x) { return factor * x + *shared; };
  };
  {
    Replaceable rule(times(2)), other(times(5));
    CHECK((*rule)(10) == 23);
    rule.replace(times(7));
    CHECK((*rule)(10) == 73);
    other = rule;
    CHECK((*other)(10) == 73);
    rule.replace(times(1));
    other = std::move(rule);
    CHECK((*other)(10) == 13);
    auto& same = other;
    other = same;
    CHECK((*other)(10) == 13);
  }
  CHECK(shared.use_count() == 2);  // this one, and that of `times`
}

TEST_CASE("a value that can be assigned is assigned") {
  Replaceable text(std::string("a"));
  text.replace("b");
  CHECK(*text == "b");
}
