// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/adagrad.hpp>

using namespace descent;
using test::check_decay;
using test::check_epsilon;
using test::check_rate;
using test::must_be_non_negative;
using test::not_a_number;
using test::rule_refusal;

TEST_CASE("options of Adagrad") {
  check_rate<Adagrad>();
  check_decay<Adagrad>();
  check_epsilon<Adagrad>();
  CHECK(rule_refusal(Adagrad{.learning_rate_decay = -1}) ==
        "learning_rate_decay is -1" + must_be_non_negative);
  CHECK(rule_refusal(Adagrad{.learning_rate_decay = not_a_number}) ==
        "learning_rate_decay is nan" + must_be_non_negative);
  CHECK(rule_refusal(Adagrad{.initial_sum = -1}) == "initial_sum is -1" + must_be_non_negative);
  CHECK(rule_refusal(Adagrad::like_keras()) == "");
  CHECK(rule_refusal(Adagrad::like_optax()) == "");
}
