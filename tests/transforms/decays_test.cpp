// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/schedules/linear_decay.hpp>
#include <descent/transforms/decay/add_cautious_decay.hpp>
#include <descent/transforms/decay/corrected_decay.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;

TEST_CASE("cautious decay leaves elements alone whose update leads away from 0") {
  const VectorXd p = (VectorXd(6) << 2, 2, -2, -2, 2, 0).finished();
  const VectorXd u = (VectorXd(6) << 1, -1, 1, -1, 0, 1).finished();
  const VectorXd expected = (VectorXd(6) << 1 + 1, -1, 1, -1 - 1, 0 + 1, 1).finished();
  CHECK(after(AddCautiousDecay{.weight_decay = 0.5}, p, u) == p + expected);
  CHECK(rule_refusal(AddCautiousDecay{.weight_decay = -1}) ==
        "weight_decay is -1" + test::must_be_non_negative);
}

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
  CHECK(test::refusal_of([] { corrected_decay(0.1, 0.1, 0); }) ==
        "descent: corrected_decay: largest_rate is 0, must be greater than 0 and finite");
}
