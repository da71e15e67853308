// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/decay/add_decayed_weights.hpp>

#include <cstdint>
#include <limits>

// The options that many recipes share: values at the ends of their ranges are taken, those outside are refused.

namespace test {

inline constexpr double infinite = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class R>
void check_rate() {
  CHECK(rule_refusal(R{}) == "");
  CHECK(rule_refusal(R{.learning_rate = 0}) == "");
  CHECK(rule_refusal(R{.learning_rate = -1}) == "learning_rate is -1" + must_be_non_negative);
  CHECK(rule_refusal(R{.learning_rate = not_a_number}) == "learning_rate is nan" + must_be_non_negative);
  CHECK(rule_refusal(R{.learning_rate = infinite}) == "learning_rate is inf" + must_be_non_negative);
  CHECK(rule_refusal(R{.learning_rate = [](std::int64_t) { return -0.5; }}) ==
        "learning_rate at step 0 is -0.5" + must_be_non_negative);
}

template <class R>
void check_decay() {
  CHECK(rule_refusal(R{.weight_decay = 0}) == "");
  CHECK(rule_refusal(R{.weight_decay = 0.1}) == "");
  CHECK(rule_refusal(R{.weight_decay = -0.1}) == "weight_decay is -0.1" + must_be_non_negative);
  CHECK(rule_refusal(R{.weight_decay = infinite}) == "weight_decay is inf" + must_be_non_negative);
}

template <class R>
void check_every_form_of_decay() {
  using Form = descent::WeightDecayForm;
  for (const auto form : {Form::coupled, Form::decoupled, Form::fixed}) {
    CHECK(rule_refusal(R{.weight_decay = 0.1, .weight_decay_form = form}) == "");
    CHECK(rule_refusal(R{.weight_decay = -0.1, .weight_decay_form = form}) ==
          "weight_decay is -0.1" + must_be_non_negative);
  }
}

template <class R>
void check_betas() {
  CHECK(rule_refusal(R{.beta1 = 0, .beta2 = 0}) == "");
  CHECK(rule_refusal(R{.beta1 = 1}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(R{.beta1 = -0.1}) == "beta1 is -0.1" + must_be_a_decay_rate);
  CHECK(rule_refusal(R{.beta2 = 1}) == "beta2 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(R{.beta2 = not_a_number}) == "beta2 is nan" + must_be_a_decay_rate);
  CHECK(rule_refusal(R{.beta2 = [](std::int64_t) { return 1.5; }}) ==
        "beta2 at step 0 is 1.5" + must_be_a_decay_rate);
}

template <class R>
void check_epsilon() {
  CHECK(rule_refusal(R{.epsilon = 0}) == "");
  CHECK(rule_refusal(R{.epsilon = -1e-8}) == "epsilon is -1e-08" + must_be_non_negative);
  CHECK(rule_refusal(R{.epsilon = infinite}) == "epsilon is inf" + must_be_non_negative);
}

template <class R>
void check_epsilon_root() {
  CHECK(rule_refusal(R{.epsilon_root = 0}) == "");
  CHECK(rule_refusal(R{.epsilon_root = -1}) == "epsilon_root is -1" + must_be_non_negative);
}

template <class R>
void check_as_adam() {
  check_rate<R>();
  check_betas<R>();
  check_epsilon<R>();
  check_decay<R>();
}

}  // namespace test
