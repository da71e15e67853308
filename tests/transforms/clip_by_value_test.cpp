// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/clip/clip_by_value.hpp>

#include <algorithm>

using namespace descent;
using test::check_formula;
using test::Real;
using test::rule_refusal;

TEST_CASE("ClipByValue, by its formula") {
  check_formula(ClipByValue{0.75}, [](Real u, Real, int) { return std::clamp(u, -0.75L, 0.75L); });
}

TEST_CASE("ClipByValue says which option is wrong") {
  CHECK(rule_refusal(ClipByValue{0}) == "max_value is 0, must be greater than 0 and finite");
}
