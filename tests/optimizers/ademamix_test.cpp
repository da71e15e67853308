// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/ademamix.hpp>
#include <descent/optimizers/simplified_ademamix.hpp>

#include <cmath>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::check_as_adam;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::rule_refusal;
using test::slope;
using test::slot_after;
using test::slots_of;

TEST_CASE("AdEMAMix warms up") {
  const VectorXd slow = slot_after(AdEMAMix{}, slope, "exp_avg_slow");
  CHECK(slow.isApprox((1 - 0.9999) * slope, 1e-10));
  // The inverse of the logarithm is a tenth of the way from that of beta1 to that of beta3.
  const double log_beta3 = 1 / (0.9 / std::log(0.9) + 0.1 / std::log(0.9999));
  const VectorXd warming = slot_after(AdEMAMix{.beta3_warmup = 10}, slope, "exp_avg_slow");
  CHECK(warming.isApprox((1 - std::exp(log_beta3)) * slope, 1e-10));
  CHECK(slot_after(AdEMAMix{.beta3_warmup = 1}, slope, "exp_avg_slow") == slow);
  CHECK(after(AdEMAMix{.alpha = 5, .alpha_warmup = 10}, slope) == after(AdEMAMix{.alpha = 0.5}, slope));
  CHECK(after(AdEMAMix{.alpha = 5, .alpha_warmup = 1}, slope) == after(AdEMAMix{}, slope));
  CHECK(slots_of(AdEMAMix{}) == "exp_avg exp_avg_slow exp_avg_sq ");
  CHECK(slots_of(SimplifiedAdEMAMix{}) == "exp_avg exp_avg_sq ");
  const auto with_warmup = [](double steps) {
    return SimplifiedAdEMAMix{.beta1_warmup = steps, .min_beta1 = 0.5};
  };
  CHECK(after(with_warmup(3), slope, 2) != after(SimplifiedAdEMAMix{}, slope, 2));
  CHECK(after(with_warmup(1), slope, 3) == after(SimplifiedAdEMAMix{}, slope, 3));
}

TEST_CASE("options of AdEMAMix and its simplified form") {
  check_as_adam<AdEMAMix>();
  check_every_form_of_decay<AdEMAMix>();
  check_epsilon_root<AdEMAMix>();
  CHECK(rule_refusal(AdEMAMix{.beta3 = 1}) == "beta3 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(AdEMAMix{.beta3 = 1, .beta3_warmup = 10}) == "beta3 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(AdEMAMix{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(rule_refusal(AdEMAMix{.alpha_warmup = -1}) == "alpha_warmup is -1" + must_be_non_negative);
  CHECK(rule_refusal(AdEMAMix{.beta3_warmup = -1}) == "beta3_warmup is -1" + must_be_non_negative);
  CHECK(rule_refusal(AdEMAMix{.beta1 = 0, .beta3_warmup = 10}) ==
        "beta3_warmup needs a beta1 and a beta3 greater than 0");
  check_as_adam<SimplifiedAdEMAMix>();
  check_every_form_of_decay<SimplifiedAdEMAMix>();
  check_epsilon_root<SimplifiedAdEMAMix>();
  CHECK(rule_refusal(SimplifiedAdEMAMix{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(rule_refusal(SimplifiedAdEMAMix{.beta1_warmup = -1}) == "beta1_warmup is -1" + must_be_non_negative);
  CHECK(rule_refusal(SimplifiedAdEMAMix{.min_beta1 = 1}) == "min_beta1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(SimplifiedAdEMAMix::like_pytorch_optimizer()) == "");
}
