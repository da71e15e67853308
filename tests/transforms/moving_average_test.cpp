// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/momentum/moving_average.hpp>

using namespace descent;
using test::check_formula;
using test::must_be_a_decay_rate;
using test::power;
using test::Real;
using test::rule_refusal;

TEST_CASE("a moving average, by its formula") {
  Real buffer = 0;
  check_formula(MovingAverage{.momentum = 0.8},
                [&](Real u, Real, int) { return buffer = 0.8L * buffer + 0.2L * u; });
  buffer = 0;
  check_formula(MovingAverage{.momentum = 0.8, .nesterov = true}, [&](Real u, Real, int) {
    buffer = 0.8L * buffer + 0.2L * u;
    return 0.8L * buffer + 0.2L * u;
  });
  buffer = 0;
  check_formula(MovingAverage{.momentum = 0.8, .nesterov = true, .bias_correction = true},
                [&](Real u, Real, int t) {
                  buffer = 0.8L * buffer + 0.2L * u;
                  return 0.8L * buffer / (1 - power(0.8, t + 1)) + 0.2L * u / (1 - power(0.8, t));
                });
}

TEST_CASE("MovingAverage says which option is wrong") {
  CHECK(rule_refusal(MovingAverage{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
}
