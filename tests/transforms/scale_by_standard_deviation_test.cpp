// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/scale/scale_by_standard_deviation.hpp>

#include <cmath>

using namespace descent;
using test::check_formula;
using test::must_be_a_decay_rate;
using test::Real;
using test::rule_refusal;

TEST_CASE("ScaleByStandardDeviation, by its formula") {
  Real m = 0, v = 0;
  check_formula(ScaleByStandardDeviation{.decay = 0.9, .epsilon = 0.1}, [&](Real u, Real, int) {
    m = 0.9L * m + 0.1L * u;
    v = 0.9L * v + 0.1L * u * u;
    return u / (std::sqrt(v - m * m) + 0.1L);
  });
}

TEST_CASE("ScaleByStandardDeviation says which option is wrong") {
  CHECK(rule_refusal(ScaleByStandardDeviation{.decay = -1}) == "decay is -1" + must_be_a_decay_rate);
}
