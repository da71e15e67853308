// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/scale/scale_by_lion.hpp>

using namespace descent;
using test::check_formula;
using test::must_be_a_decay_rate;
using test::Real;
using test::rule_refusal;

TEST_CASE("ScaleByLion, by its formula") {
  Real m = 0;
  check_formula(ScaleByLion{.beta1 = 0.8, .beta2 = 0.9}, [&](Real u, Real, int) {
    const Real mix = 0.8L * m + 0.2L * u;
    m = 0.9L * m + 0.1L * u;
    return mix > 0 ? 1.0L : mix < 0 ? -1.0L : 0.0L;
  });
}

TEST_CASE("ScaleByLion says which option is wrong") {
  CHECK(rule_refusal(ScaleByLion{.beta2 = 1}) == "beta2 is 1" + must_be_a_decay_rate);
}
