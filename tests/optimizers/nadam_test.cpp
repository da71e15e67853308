// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/nadam.hpp>

using namespace descent;
using test::check_betas;
using test::check_decay;
using test::check_epsilon;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::check_rate;
using test::infinite;
using test::rule_refusal;

TEST_CASE("options of NAdam") {
  check_rate<NAdam>();
  check_decay<NAdam>();
  check_every_form_of_decay<NAdam>();
  check_betas<NAdam>();
  check_epsilon<NAdam>();
  check_epsilon_root<NAdam>();
  CHECK(rule_refusal(NAdam{.momentum_decay = 0}) == "");
  CHECK(rule_refusal(NAdam{.momentum_decay = -1}) == "momentum_decay is -1, must be at least 0");
  CHECK(rule_refusal(NAdam::like_keras()) == "");
  CHECK(rule_refusal(NAdam::like_optax()) == "");  // an infinite momentum_decay
}
