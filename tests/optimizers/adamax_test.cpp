// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/adamax.hpp>

using namespace descent;
using test::check_betas;
using test::check_decay;
using test::check_epsilon;
using test::check_every_form_of_decay;
using test::check_rate;

TEST_CASE("options of Adamax") {
  check_rate<Adamax>();
  check_decay<Adamax>();
  check_every_form_of_decay<Adamax>();
  check_betas<Adamax>();
  check_epsilon<Adamax>();
}
