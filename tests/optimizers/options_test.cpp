// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/option_checks.hpp"

#include <descent/descent.hpp>

#include <cstdint>

// Every option of every recipe: its range, and the message outside of it. Values at the ends of a range are legal.

using namespace descent;
using test::check_betas;
using test::check_epsilon;
using test::check_epsilon_root;
using test::check_every_form_of_decay;
using test::must_be_a_decay_rate;
using test::must_be_non_negative;
using test::not_a_number;
using test::refusal_of;
using test::rule_refusal;

namespace {

template <class R>
void check_rate_and_decay() {
  test::check_rate<R>();
  test::check_decay<R>();
}

}  // namespace

TEST_CASE("options of Sgd") {
  check_rate_and_decay<Sgd>();
  CHECK(rule_refusal(Sgd{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Sgd{.momentum = -0.1}) == "momentum is -0.1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Sgd{.momentum = 0.9, .dampening = 1}) == "dampening is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Sgd{.momentum = 0.9, .dampening = 0.1}) == "");
  CHECK(rule_refusal(Sgd{.momentum = 0.9, .dampening = 0.1, .nesterov = true}) ==
        "nesterov and dampening exclude each other; set dampening to 0");
  CHECK(rule_refusal(Sgd{.nesterov = true}) == "nesterov needs a momentum greater than 0");
  CHECK(rule_refusal(Sgd{.momentum = [](std::int64_t k) { return k == 0 ? 0.0 : 0.9; }, .nesterov = true}) ==
        "");
  CHECK(rule_refusal(Sgd{.momentum = 1.5, .rate_in_momentum = true}) ==
        "momentum is 1.5" + must_be_a_decay_rate);
  CHECK(rule_refusal(Sgd::like_keras()) == "");
}

TEST_CASE("options of Adam") {
  check_rate_and_decay<Adam>();
  check_betas<Adam>();
  check_epsilon<Adam>();
  check_epsilon_root<Adam>();
  CHECK(rule_refusal(Adam{.beta1 = 1, .amsgrad = true}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Adam::like_keras()) == "");
}

TEST_CASE("options of AdamW") {
  check_rate_and_decay<AdamW>();
  check_betas<AdamW>();
  check_epsilon<AdamW>();
  check_epsilon_root<AdamW>();
  CHECK(rule_refusal(AdamW::like_keras()) == "");
  CHECK(rule_refusal(AdamW::like_optax()) == "");
}

TEST_CASE("options of NAdam") {
  check_rate_and_decay<NAdam>();
  check_every_form_of_decay<NAdam>();
  check_betas<NAdam>();
  check_epsilon<NAdam>();
  check_epsilon_root<NAdam>();
  CHECK(rule_refusal(NAdam{.momentum_decay = 0}) == "");
  CHECK(rule_refusal(NAdam{.momentum_decay = -1}) == "momentum_decay is -1, must be at least 0");
  CHECK(rule_refusal(NAdam::like_keras()) == "");
  CHECK(rule_refusal(NAdam::like_optax()) == "");  // an infinite momentum_decay
}

TEST_CASE("options of RAdam") {
  check_rate_and_decay<RAdam>();
  check_every_form_of_decay<RAdam>();
  check_betas<RAdam>();
  check_epsilon<RAdam>();
  check_epsilon_root<RAdam>();
  CHECK(rule_refusal(RAdam{.threshold = 4}) == "");
  CHECK(rule_refusal(RAdam{.threshold = 3.5}) == "threshold is 3.5, must be at least 4 and finite");
  CHECK(rule_refusal(RAdam::like_optax()) == "");
}

TEST_CASE("options of Adamax") {
  check_rate_and_decay<Adamax>();
  check_every_form_of_decay<Adamax>();
  check_betas<Adamax>();
  check_epsilon<Adamax>();
}

TEST_CASE("options of RmsProp") {
  check_rate_and_decay<RmsProp>();
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

TEST_CASE("options of Adagrad") {
  check_rate_and_decay<Adagrad>();
  check_epsilon<Adagrad>();
  CHECK(rule_refusal(Adagrad{.learning_rate_decay = -1}) ==
        "learning_rate_decay is -1" + must_be_non_negative);
  CHECK(rule_refusal(Adagrad{.learning_rate_decay = not_a_number}) ==
        "learning_rate_decay is nan" + must_be_non_negative);
  CHECK(rule_refusal(Adagrad{.initial_sum = -1}) == "initial_sum is -1" + must_be_non_negative);
  CHECK(rule_refusal(Adagrad::like_keras()) == "");
  CHECK(rule_refusal(Adagrad::like_optax()) == "");
}

TEST_CASE("options of Adadelta") {
  check_rate_and_decay<Adadelta>();
  check_epsilon<Adadelta>();
  CHECK(rule_refusal(Adadelta{.rho = 1}) == "");
  CHECK(rule_refusal(Adadelta{.rho = 0}) == "");
  CHECK(rule_refusal(Adadelta{.rho = 1.5}) == "rho is 1.5, must be in [0, 1]");
  CHECK(rule_refusal(Adadelta{.rho = -1}) == "rho is -1, must be in [0, 1]");
  CHECK(rule_refusal(Adadelta::like_keras()) == "");
}

TEST_CASE("options of Lion") {
  check_rate_and_decay<Lion>();
  check_every_form_of_decay<Lion>();
  check_betas<Lion>();
  CHECK(rule_refusal(Lion::like_optax()) == "");
}

TEST_CASE("options of Muon") {
  check_rate_and_decay<Muon>();
  check_epsilon<Muon>();
  CHECK(rule_refusal(Muon{.momentum = 0}) == "");
  CHECK(rule_refusal(Muon{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(rule_refusal(Muon{.steps = 0}) == "steps is 0, must be at least 1 and finite");
  CHECK(rule_refusal(Muon{.coefficients = {}}) == "coefficients is empty, must hold at least one triple");
  CHECK(rule_refusal(Muon{.coefficients = {{1, 2, not_a_number}}}) == "coefficients must be finite");
  CHECK(rule_refusal(Muon{.rms_factor = 0}) == "rms_factor is 0, must be greater than 0 and finite");
  CHECK(rule_refusal(Muon{.safety_factor = 0.5}) == "safety_factor is 0.5, must be at least 1 and finite");
  CHECK(rule_refusal(Muon::like_jordan()) == "");
  CHECK(rule_refusal(Muon::like_optax()) == "");
}

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
