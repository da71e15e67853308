// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"

#include <descent/transforms/gradient/negate.hpp>

using namespace descent;
using test::check_formula;
using test::Real;

TEST_CASE("Negate, by its formula") {
  check_formula(Negate{}, [](Real u, Real, int) { return -u; });
  check_formula(Negate{false}, [](Real u, Real, int) { return u; });
}
