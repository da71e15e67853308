// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/grams.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after_factors;
using test::check_as_adam;
using test::check_every_form_of_decay;
using test::slope;

TEST_CASE("Grams steps as far as Adam, against the gradient at hand") {
  const Adam adam{.epsilon = 1e-6};
  for (const double last : {1.0, -0.25}) {
    const VectorXd adams = after_factors(adam, {1, 1, last}) - after_factors(adam, {1, 1});
    const VectorXd moved = after_factors(Grams{}, {1, 1, last}) - after_factors(Grams{}, {1, 1});
    CHECK(moved.cwiseAbs().isApprox(adams.cwiseAbs(), 1e-11));
    CHECK((moved.array() * last * slope.array() < 0).all());
  }
  CHECK(after_factors(Grams{}, {1, 0}) == after_factors(Grams{}, {1}));
}

TEST_CASE("options of Grams") {
  check_as_adam<Grams>();
  check_every_form_of_decay<Grams>();
}
