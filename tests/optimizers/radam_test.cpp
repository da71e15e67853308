// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/radam.hpp>

using namespace descent;
using test::check_betas;
using test::check_decay;
using test::check_epsilon;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::check_rate;
using test::rule_refusal;

TEST_CASE("options of RAdam") {
  check_rate<RAdam>();
  check_decay<RAdam>();
  check_every_form_of_decay<RAdam>();
  check_betas<RAdam>();
  check_epsilon<RAdam>();
  check_epsilon_root<RAdam>();
  CHECK(rule_refusal(RAdam{.threshold = 4}) == "");
  CHECK(rule_refusal(RAdam{.threshold = 3.5}) == "threshold is 3.5, must be at least 4 and finite");
  CHECK(rule_refusal(RAdam::like_optax()) == "");
}
