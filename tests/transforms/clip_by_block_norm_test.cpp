// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/clip/clip_by_block_norm.hpp>

#include <algorithm>
#include <cmath>

using namespace descent;
using test::check_formula;
using test::must_be_non_negative;
using test::Real;
using test::rule_refusal;

TEST_CASE("clipping by norm, of three equal elements") {
  const Real root = std::sqrt(3.0L);
  auto clipped = [&](Real max_norm, Real epsilon) {
    return [=](Real u, Real, int) { return u * std::min(1.0L, max_norm / (std::abs(u) * root + epsilon)); };
  };
  check_formula(ClipByBlockNorm{.max_norm = 1}, clipped(1, 1e-6L));
  check_formula(ClipByBlockNorm{.max_norm = 3, .epsilon = 0}, clipped(3, 0));
}

TEST_CASE("ClipByBlockNorm says which option is wrong") {
  CHECK(rule_refusal(ClipByBlockNorm{0}) == "max_norm is 0, must be greater than 0 and finite");
  CHECK(rule_refusal(ClipByBlockNorm{.epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
}
