// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/swa.hpp>

#include <string>

using namespace descent;
using Eigen::VectorXd;
using test::refusal_of;
using test::rule_refusal;

namespace {

const Sgd plain{.learning_rate = 1};

}  // namespace

TEST_CASE("Ema and Swa leave the parameters alone and give their average as the point of evaluation") {
  VectorXd p = VectorXd::Constant(2, 4), q = p;
  Optimizer averaged(p, plain | Ema{.decay = 0.5});
  Optimizer equal(q, plain | Swa{.start = 1});
  CHECK(averaged.evaluation_point(p) == p);  // before the first step
  const VectorXd one = VectorXd::Ones(2);
  for (int k = 0; k < 3; ++k) {
    averaged.step(p, one);
    equal.step(q, one);
  }
  CHECK(p[0] == 1);  // 3, 2, 1 after the steps
  CHECK(averaged.evaluation_point(p)[0] == 0.5 * (0.5 * (3 + 2)) + 0.5 * 1);
  CHECK(equal.evaluation_point(q)[1] == 1.5);
  CHECK(equal.rule_state<Swa>().updates == 2);
  Optimizer none(p, plain);
  CHECK(none.evaluation_point(p) == p);
  CHECK(refusal_of([&] { averaged.evaluation_point(VectorXd(3)); }) ==
        "descent: Sgd: block 'parameters' is 3x1, but was 2x1 when the optimizer was made");
}

TEST_CASE("the options of averages are checked") {
  CHECK(rule_refusal(Ema{.decay = 1.5}) == "decay is 1.5, must be in [0, 1]");
  CHECK(rule_refusal(Ema{.start = -1}) == "start is -1, must be at least 0 and finite");
  CHECK(rule_refusal(Ema{.every = 0}) == "every is 0, must be at least 1 and finite");
  CHECK(rule_refusal(Ema{.copies = 0}) == "copies is 0, must be at least 1 and finite");
  CHECK(rule_refusal(Ema{.warmup_power = -1}) == "warmup_power is -1, must be at least 0 and finite");
  CHECK(rule_refusal(Ema{.warmup_gamma = 0}) == "warmup_gamma is 0, must be greater than 0 and finite");
  CHECK(rule_refusal(Ema{.min_decay = 2}) == "min_decay is 2, must be in [0, 1]");
  CHECK(rule_refusal(Swa{.start = -1}) == "start is -1, must be at least 0 and finite");
  CHECK(rule_refusal(Swa{.every = 0}) == "every is 0, must be at least 1 and finite");
}
