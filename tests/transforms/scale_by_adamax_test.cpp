// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/scale/scale_by_adamax.hpp>

#include <algorithm>
#include <cmath>

using namespace descent;
using test::check_formula;
using test::must_be_a_decay_rate;
using test::power;
using test::Real;
using test::rule_refusal;

TEST_CASE("ScaleByAdamax, by its formula") {
  Real m = 0, v = 0;
  check_formula(ScaleByAdamax{.beta1 = 0.8, .beta2 = 0.9, .epsilon = 0.1}, [&](Real u, Real, int t) {
    m = 0.8L * m + 0.2L * u;
    v = std::max(0.9L * v, std::abs(u) + 0.1L);
    return m / (1 - power(0.8, t)) / v;
  });
}

TEST_CASE("ScaleByAdamax says which option is wrong") {
  CHECK(rule_refusal(ScaleByAdamax{.beta2 = 2}) == "beta2 is 2" + must_be_a_decay_rate);
}
