// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/scale/scale_by_adadelta.hpp>

#include <cmath>

using namespace descent;
using test::check_formula;
using test::Real;
using test::rule_refusal;

TEST_CASE("ScaleByAdadelta, by its formula") {
  Real m = 0, v = 0;
  check_formula(ScaleByAdadelta{.rho = 0.9, .epsilon = 0.1}, [&](Real u, Real, int) {
    v = 0.9L * v + 0.1L * u * u;
    const Real delta = std::sqrt(m + 0.1L) / std::sqrt(v + 0.1L) * u;
    m = 0.9L * m + 0.1L * delta * delta;
    return delta;
  });
}

TEST_CASE("ScaleByAdadelta says which option is wrong") {
  CHECK(rule_refusal(ScaleByAdadelta{.rho = 2}) == "rho is 2, must be in [0, 1]");
}
