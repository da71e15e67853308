// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/adabelief.hpp>

#include <cstdint>
#include <vector>

using namespace descent;
using test::after;
using test::after_factors;
using test::check_as_adam;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::must_be_a_decay_rate;
using test::rule_refusal;
using test::signs;
using test::slope;
using test::slots_of;
using test::start;

TEST_CASE("AdaBelief takes long steps if gradients are as it expects") {
  // m = (1 - beta1) g and s = (1 - beta2) (beta1 g)^2, both corrected.
  const AdaBelief rule{.learning_rate = 0.01, .epsilon = 0, .epsilon_root = 0};
  CHECK((after(rule, slope) - start).isApprox(-0.01 / 0.9 * signs, 1e-12));
  const AdaBelief plain_first{.rectify = true}, resting_first{.rectify = true, .degenerate_to_sgd = false};
  CHECK((after(plain_first, slope) - start).isApprox(-1e-3 * slope, 1e-11));
  CHECK(after(resting_first, slope) == start);
  CHECK(after(AdaBelief{.beta2 = 0.5, .rectify = true, .degenerate_to_sgd = false}, slope, 50) == start);
  CHECK(slots_of(AdaBelief{.amsgrad = true}) == "exp_avg exp_avg_var max_exp_avg_var ");
  // The variance falls from step to step, its maximum does not: shorter steps.
  const std::vector<double> calmer = {4, 1, 1, 1};
  const AdaBelief forgetting{.beta2 = 0.1}, keeping{.beta2 = 0.1, .amsgrad = true};
  CHECK((after_factors(forgetting, calmer) - start).norm() >
        1.5 * (after_factors(keeping, calmer) - start).norm());
}

TEST_CASE("options of AdaBelief") {
  check_as_adam<AdaBelief>();
  check_every_form_of_decay<AdaBelief>();
  check_epsilon_root<AdaBelief>();
  CHECK(rule_refusal(AdaBelief{.beta1 = 1, .amsgrad = true}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(AdaBelief{.beta1 = [](std::int64_t k) { return k == 0 ? 0.9 : 1.0; },
                               .nesterov = true}) == "beta1 at step 1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(AdaBelief::like_timm()) == "");
}
