// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/scale/scale_by_rms.hpp>

#include <cmath>

using namespace descent;
using test::check_formula;
using test::must_be_non_negative;
using test::power;
using test::Real;
using test::rule_refusal;

TEST_CASE("ScaleByRms, by its formula") {
  Real v = 0.25L;
  check_formula(ScaleByRms{.decay = 0.9, .epsilon = 0.1, .initial_square_avg = 0.25}, [&](Real u, Real, int) {
    v = 0.9L * v + 0.1L * u * u;
    return u / (std::sqrt(v) + 0.1L);
  });
  v = 0;
  check_formula(ScaleByRms{.decay = 0.9, .epsilon = 0.1, .epsilon_in_root = true, .bias_correction = true},
                [&](Real u, Real, int t) {
                  v = 0.9L * v + 0.1L * u * u;
                  return u / std::sqrt(v / (1 - power(0.9, t)) + 0.1L);
                });
}

TEST_CASE("ScaleByRms says which option is wrong") {
  CHECK(rule_refusal(ScaleByRms{.initial_square_avg = -1}) ==
        "initial_square_avg is -1" + must_be_non_negative);
}
