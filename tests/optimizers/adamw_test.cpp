// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/adamw.hpp>

using namespace descent;
using test::check_betas;
using test::check_decay;
using test::check_epsilon;
using test::check_epsilon_root;
using test::check_rate;
using test::rule_refusal;

TEST_CASE("options of AdamW") {
  check_rate<AdamW>();
  check_decay<AdamW>();
  check_betas<AdamW>();
  check_epsilon<AdamW>();
  check_epsilon_root<AdamW>();
  CHECK(rule_refusal(AdamW::like_keras()) == "");
  CHECK(rule_refusal(AdamW::like_optax()) == "");
}
