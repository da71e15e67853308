// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/qhadam.hpp>
#include <descent/optimizers/qhm.hpp>

using namespace descent;
using test::check_as_adam;
using test::check_every_form_of_decay;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::must_be_a_share;
using test::rule_refusal;

TEST_CASE("options of Qhm and QhAdam") {
  check_rate<Qhm>();
  check_every_form_of_decay<Qhm>();
  CHECK(rule_refusal(Qhm{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Qhm{.nu = 1}) == "");
  CHECK(rule_refusal(Qhm{.nu = 1.5}) == "nu is 1.5" + must_be_a_share);
  check_as_adam<QhAdam>();
  check_every_form_of_decay<QhAdam>();
  CHECK(rule_refusal(QhAdam{.nu1 = -1}) == "nu1 is -1" + must_be_a_share);
  CHECK(rule_refusal(QhAdam{.nu2 = 2}) == "nu2 is 2" + must_be_a_share);
}
