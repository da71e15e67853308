// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/option_checks.hpp"

#include <descent/transforms/scale/scale_by_adagrad.hpp>

#include <cmath>

using namespace descent;
using test::check_formula;
using test::must_be_non_negative;
using test::not_a_number;
using test::Real;
using test::rule_refusal;

TEST_CASE("ScaleByAdagrad, by its formula") {
  Real v = 0.5L;
  check_formula(ScaleByAdagrad{.epsilon = 0.1, .initial_sum = 0.5}, [&](Real u, Real, int) {
    v += u * u;
    return u / (std::sqrt(v) + 0.1L);
  });
  v = 0;
  check_formula(ScaleByAdagrad{.epsilon = 0.1, .epsilon_in_root = true}, [&](Real u, Real, int) {
    v += u * u;
    return u / std::sqrt(v + 0.1L);
  });
}

TEST_CASE("ScaleByAdagrad says which option is wrong") {
  CHECK(rule_refusal(ScaleByAdagrad{.initial_sum = not_a_number}) ==
        "initial_sum is nan" + must_be_non_negative);
}
