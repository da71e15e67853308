// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

using descent::AdamW;
using descent::Optimizer;
using Eigen::VectorXd;

TEST_CASE("rule_state takes the recipe as written, or one of its parts") {
  VectorXd p = VectorXd::Ones(3);
  Optimizer optimizer(p, descent::SkipNonFinite{} | descent::Prodigy{.initial_distance = 0.5});
  CHECK(optimizer.rule_state<descent::Prodigy>().d == 0.5);
  CHECK(&optimizer.rule_state<descent::Prodigy>() == &optimizer.rule_state<descent::ProdigyStep>());
  CHECK(optimizer.rule_state<descent::SkipNonFinite>().skipped == 0);
  CHECK(&optimizer.memory<descent::SkipNonFinite>() == &optimizer.rule_state<descent::SkipNonFinite>());
}

TEST_CASE("rule_state is that of the part in use, if options choose among parts") {
  for (const bool amsgrad : {false, true})
    for (const bool cautious : {false, true}) {
      VectorXd p = VectorXd::Ones(3);
      Optimizer optimizer(p, AdamW{.amsgrad = amsgrad, .cautious = cautious});
      optimizer.step(p, VectorXd(p));
      CHECK(optimizer.rule_state<AdamW>().beta1_power == 0.9);
    }
}
