// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/momentum/trace.hpp>

using namespace descent;
using test::check_formula;
using test::must_be_a_decay_rate;
using test::Real;
using test::rule_refusal;

TEST_CASE("momentum, by its formula") {
  Real buffer = 0;
  check_formula(Trace{.momentum = 0.8}, [&](Real u, Real, int) { return buffer = 0.8L * buffer + u; });
  buffer = 0;
  check_formula(Trace{.momentum = 0.8, .dampening = 0.25},
                [&](Real u, Real, int t) { return buffer = 0.8L * buffer + (t == 1 ? 1 : 0.75L) * u; });
  buffer = 0;
  check_formula(Trace{.momentum = 0.8, .nesterov = true}, [&](Real u, Real, int) {
    buffer = 0.8L * buffer + u;
    return u + 0.8L * buffer;
  });
  check_formula(Trace{.momentum = 0}, [](Real u, Real, int) { return u; });
}

TEST_CASE("Trace says which option is wrong") {
  CHECK(rule_refusal(Trace{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Trace{.momentum = 0, .dampening = 1}) == "dampening is 1" + must_be_a_decay_rate);
}
