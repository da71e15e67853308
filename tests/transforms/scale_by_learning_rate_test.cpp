// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/scale/scale_by_learning_rate.hpp>

#include <cstdint>

using namespace descent;
using test::check_formula;
using test::must_be_non_negative;
using test::Real;
using test::rule_refusal;

TEST_CASE("ScaleByLearningRate, by its formula") {
  check_formula(ScaleByLearningRate{0.1}, [](Real u, Real, int) { return -0.1L * u; });
  check_formula(ScaleByLearningRate{[](std::int64_t k) { return 0.5 / (1 + static_cast<double>(k)); }},
                [](Real u, Real, int t) { return -0.5L / t * u; });
}

TEST_CASE("ScaleByLearningRate says which option is wrong") {
  CHECK(rule_refusal(ScaleByLearningRate{-1}) == "learning_rate is -1" + must_be_non_negative);
}
