// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/lion.hpp>

using namespace descent;
using test::check_betas;
using test::check_decay;
using test::check_every_form_of_decay;
using test::check_rate;
using test::rule_refusal;

TEST_CASE("options of Lion") {
  check_rate<Lion>();
  check_decay<Lion>();
  check_every_form_of_decay<Lion>();
  check_betas<Lion>();
  CHECK(rule_refusal(Lion::like_optax()) == "");
}
