// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/option_checks.hpp"

#include <descent/transforms/decay/add_decayed_weights.hpp>

using namespace descent;
using test::check_formula;
using test::must_be_non_negative;
using test::not_a_number;
using test::Real;
using test::rule_refusal;

TEST_CASE("weight decay, by its formula") {
  check_formula(AddDecayedWeights{0.1}, [](Real u, Real p, int) { return u + 0.1L * p; });
  check_formula(SubtractDecayedWeights{0.1}, [](Real u, Real p, int) { return u - 0.1L * p; });
}

TEST_CASE("AddDecayedWeights and SubtractDecayedWeights says which option is wrong") {
  CHECK(rule_refusal(AddDecayedWeights{-1}) == "weight_decay is -1" + must_be_non_negative);
  CHECK(rule_refusal(SubtractDecayedWeights{not_a_number}) == "weight_decay is nan" + must_be_non_negative);
}
