// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/adadelta.hpp>

using namespace descent;
using test::check_decay;
using test::check_epsilon;
using test::check_rate;
using test::rule_refusal;

TEST_CASE("options of Adadelta") {
  check_rate<Adadelta>();
  check_decay<Adadelta>();
  check_epsilon<Adadelta>();
  CHECK(rule_refusal(Adadelta{.rho = 1}) == "");
  CHECK(rule_refusal(Adadelta{.rho = 0}) == "");
  CHECK(rule_refusal(Adadelta{.rho = 1.5}) == "rho is 1.5, must be in [0, 1]");
  CHECK(rule_refusal(Adadelta{.rho = -1}) == "rho is -1, must be in [0, 1]");
  CHECK(rule_refusal(Adadelta::like_keras()) == "");
}
