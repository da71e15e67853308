// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/schedule.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/schedules/linear_decay.hpp>
#include <descent/transforms/decay/corrected_decay.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::refusal_of;

TEST_CASE("corrected decay falls with the square of the rate") {
  const Schedule rate = LinearDecay{.initial = 0.5, .final = 0, .steps = 4};
  const AdamW rule{.learning_rate = rate, .weight_decay = corrected_decay(0.25, rate, 0.5)};
  VectorXd p = VectorXd::Ones(3);
  Optimizer optimizer(p, rule);
  double expected = 1;
  for (int k = 0; k < 6; ++k) {
    optimizer.step(p, VectorXd::Zero(3));
    expected *= 1 - rate(k) * rate(k) / 0.5 * 0.25;
    CHECK(p.isConstant(expected, 1e-15));
  }
  CHECK(refusal_of([] { corrected_decay(0.1, 0.1, 0); }) ==
        "descent: corrected_decay: max_rate is 0, must be greater than 0 and finite");
}
