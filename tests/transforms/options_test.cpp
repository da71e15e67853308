// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/descent.hpp>

#include <cstdint>

// The options of many transformations: their ranges, and the messages outside of them.

using namespace descent;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::not_a_number;
using test::refusal_of;
using test::rule_refusal;

TEST_CASE("options of transformations") {
  CHECK(rule_refusal(ScaleByLearningRate{-1}) == "learning_rate is -1" + must_be_non_negative);
  CHECK(rule_refusal(AddDecayedWeights{-1}) == "weight_decay is -1" + must_be_non_negative);
  CHECK(rule_refusal(SubtractDecayedWeights{not_a_number}) == "weight_decay is nan" + must_be_non_negative);
  CHECK(rule_refusal(ClipByValue{0}) == "max_value is 0, must be greater than 0 and finite");
  CHECK(rule_refusal(ClipByBlockNorm{0}) == "max_norm is 0, must be greater than 0 and finite");
  CHECK(rule_refusal(ClipByBlockNorm{.epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
  CHECK(rule_refusal(ClipByGlobalNorm{-1}) == "max_norm is -1, must be greater than 0 and finite");
  CHECK(rule_refusal(ClipByGlobalNorm{.epsilon = not_a_number}) == "epsilon is nan" + must_be_non_negative);
  CHECK(rule_refusal(Trace{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Trace{.momentum = 0, .dampening = 1}) == "dampening is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(MovingAverage{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Cautious{0}) == "floor is 0, must be in (0, 1]");
  CHECK(rule_refusal(Cautious{1}) == "");
  CHECK(rule_refusal(Orthogonalize{.steps = -1}) == "steps is -1, must be at least 1 and finite");
  CHECK(rule_refusal(ScaleByAdam{.beta1 = 1}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(ScaleByAmsgrad{.epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
  CHECK(rule_refusal(ScaleByNAdam{.momentum_decay = not_a_number}) ==
        "momentum_decay is nan, must be at least 0");
  CHECK(rule_refusal(ScaleByRAdam{.threshold = 0}) == "threshold is 0, must be at least 4 and finite");
  CHECK(rule_refusal(ScaleByAdamax{.beta2 = 2}) == "beta2 is 2" + must_be_a_decay_rate);
  CHECK(rule_refusal(ScaleByRms{.initial_square_avg = -1}) ==
        "initial_square_avg is -1" + must_be_non_negative);
  CHECK(rule_refusal(ScaleByStandardDeviation{.decay = -1}) == "decay is -1" + must_be_a_decay_rate);
  CHECK(rule_refusal(ScaleByAdagrad{.initial_sum = not_a_number}) ==
        "initial_sum is nan" + must_be_non_negative);
  CHECK(rule_refusal(ScaleByAdadelta{.rho = 2}) == "rho is 2, must be in [0, 1]");
  CHECK(rule_refusal(ScaleByLion{.beta2 = 1}) == "beta2 is 1" + must_be_a_decay_rate);
}

TEST_CASE("in a chain the faulty part is named") {
  Eigen::MatrixXd parameters = Eigen::MatrixXd::Ones(2, 2);
  CHECK(refusal_of([&] { Optimizer(parameters, ClipByGlobalNorm{0} | AdamW{}); }) ==
        "descent: ClipByGlobalNorm: max_norm is 0, must be greater than 0 and finite");
  CHECK(refusal_of([&] { Optimizer(parameters, ClipByGlobalNorm{} | AdamW{.beta1 = 1.5}); }) ==
        "descent: AdamW: beta1 is 1.5, must be in [0, 1)");
}
