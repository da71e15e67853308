// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/optimizers/rmsprop.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>

using namespace descent;
using test::check_decay;
using test::check_epsilon;
using test::check_every_form_of_decay;
using test::check_rate;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::rule_refusal;

TEST_CASE("options of RmsProp") {
  check_rate<RmsProp>();
  check_decay<RmsProp>();
  check_every_form_of_decay<RmsProp>();
  check_epsilon<RmsProp>();
  CHECK(rule_refusal(RmsProp{.decay = 0}) == "");
  CHECK(rule_refusal(RmsProp{.decay = 1}) == "decay is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(RmsProp{.decay = 1, .centered = true}) == "decay is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(RmsProp{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(RmsProp{.momentum = -1, .rate_in_momentum = true}) ==
        "momentum is -1" + must_be_a_decay_rate);
  CHECK(rule_refusal(RmsProp{.initial_square_avg = -1}) == "initial_square_avg is -1" + must_be_non_negative);
  CHECK(rule_refusal(RmsProp{.momentum = 0.5,
                             .weight_decay = -0.1,
                             .weight_decay_form = WeightDecayForm::decoupled,
                             .rate_in_momentum = true}) == "weight_decay is -0.1" + must_be_non_negative);
  for (const RmsProp& like : {RmsProp::like_keras(), RmsProp::like_optax(), RmsProp::like_tensorflow()})
    CHECK(rule_refusal(like) == "");
}
