// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/formula.hpp"

#include <descent/transforms/gradient/optimistic_gradient.hpp>

using namespace descent;
using test::check_formula;
using test::Real;

TEST_CASE("optimistic gradients") {
  Real last = 0;
  check_formula(OptimisticGradient{}, [&](Real u, Real, int t) {
    const Real ahead = t == 1 ? u : 2 * u - last;
    last = u;
    return ahead;
  });
  check_formula(OptimisticGradient{.alpha = 0.5, .beta = 0.25}, [&](Real u, Real, int t) {
    const Real ahead = t == 1 ? 0.5L * u : 0.75L * u - 0.25L * last;
    last = u;
    return ahead;
  });
}
