// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/descent.hpp>

#include <limits>
#include <string>

// Every option of every recipe: its range, and the message outside of it. Values at the ends of a range are legal.

using namespace descent;
using test::refusal_of;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The message with which a rule is refused, without "descent: RULE: ".
template <class R>
std::string refusal(const R& rule) {
  const Eigen::MatrixXd parameters = Eigen::MatrixXd::Ones(2, 2);
  const std::string message = refusal_of([&] { Optimizer<Eigen::MatrixXd, R>(parameters, rule); });
  const std::string begin = "descent: " + std::string(detail::type_name<R>()) + ": ";
  if (!message.empty()) CHECK(message.substr(0, begin.size()) == begin);
  return message.substr(std::min(message.size(), begin.size()));
}

const std::string must_be_non_negative = ", must be at least 0 and finite";
const std::string must_be_a_decay_rate = ", must be in [0, 1)";

template <class R>
void check_rate_and_decay() {
  CHECK(refusal(R{}) == "");
  CHECK(refusal(R{.learning_rate = 0}) == "");
  CHECK(refusal(R{.learning_rate = -1}) == "learning_rate is -1" + must_be_non_negative);
  CHECK(refusal(R{.learning_rate = not_a_number}) == "learning_rate is nan" + must_be_non_negative);
  CHECK(refusal(R{.learning_rate = infinite}) == "learning_rate is inf" + must_be_non_negative);
  CHECK(refusal(R{.learning_rate = [](std::int64_t) { return -0.5; }}) ==
        "learning_rate at step 0 is -0.5" + must_be_non_negative);
  CHECK(refusal(R{.weight_decay = 0}) == "");
  CHECK(refusal(R{.weight_decay = -0.1}) == "weight_decay is -0.1" + must_be_non_negative);
  CHECK(refusal(R{.weight_decay = infinite}) == "weight_decay is inf" + must_be_non_negative);
}

template <class R>
void check_every_form_of_decay() {
  for (const auto form : {WeightDecayForm::coupled, WeightDecayForm::decoupled, WeightDecayForm::fixed}) {
    CHECK(refusal(R{.weight_decay = 0.1, .weight_decay_form = form}) == "");
    CHECK(refusal(R{.weight_decay = -0.1, .weight_decay_form = form}) ==
          "weight_decay is -0.1" + must_be_non_negative);
  }
}

template <class R>
void check_betas() {
  CHECK(refusal(R{.beta1 = 0, .beta2 = 0}) == "");
  CHECK(refusal(R{.beta1 = 1}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(refusal(R{.beta1 = -0.1}) == "beta1 is -0.1" + must_be_a_decay_rate);
  CHECK(refusal(R{.beta2 = 1}) == "beta2 is 1" + must_be_a_decay_rate);
  CHECK(refusal(R{.beta2 = not_a_number}) == "beta2 is nan" + must_be_a_decay_rate);
  CHECK(refusal(R{.beta2 = [](std::int64_t) { return 1.5; }}) ==
        "beta2 at step 0 is 1.5" + must_be_a_decay_rate);
}

template <class R>
void check_epsilon() {
  CHECK(refusal(R{.epsilon = 0}) == "");
  CHECK(refusal(R{.epsilon = -1e-8}) == "epsilon is -1e-08" + must_be_non_negative);
  CHECK(refusal(R{.epsilon = infinite}) == "epsilon is inf" + must_be_non_negative);
}

template <class R>
void check_epsilon_root() {
  CHECK(refusal(R{.epsilon_root = 0}) == "");
  CHECK(refusal(R{.epsilon_root = -1}) == "epsilon_root is -1" + must_be_non_negative);
}

}  // namespace

TEST_CASE("options of Sgd") {
  check_rate_and_decay<Sgd>();
  CHECK(refusal(Sgd{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(refusal(Sgd{.momentum = -0.1}) == "momentum is -0.1" + must_be_a_decay_rate);
  CHECK(refusal(Sgd{.momentum = 0.9, .dampening = 1}) == "dampening is 1" + must_be_a_decay_rate);
  CHECK(refusal(Sgd{.momentum = 0.9, .dampening = 0.1}) == "");
  CHECK(refusal(Sgd{.momentum = 0.9, .dampening = 0.1, .nesterov = true}) ==
        "nesterov and dampening exclude each other; set dampening to 0");
  CHECK(refusal(Sgd{.nesterov = true}) == "nesterov needs a momentum greater than 0");
  CHECK(refusal(Sgd{.momentum = [](std::int64_t k) { return k == 0 ? 0.0 : 0.9; }, .nesterov = true}) == "");
  CHECK(refusal(Sgd{.momentum = 1.5, .rate_in_momentum = true}) == "momentum is 1.5" + must_be_a_decay_rate);
  CHECK(refusal(Sgd::like_keras()) == "");
}

TEST_CASE("options of Adam") {
  check_rate_and_decay<Adam>();
  check_betas<Adam>();
  check_epsilon<Adam>();
  check_epsilon_root<Adam>();
  CHECK(refusal(Adam{.beta1 = 1, .amsgrad = true}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(refusal(Adam::like_keras()) == "");
}

TEST_CASE("options of AdamW") {
  check_rate_and_decay<AdamW>();
  check_betas<AdamW>();
  check_epsilon<AdamW>();
  check_epsilon_root<AdamW>();
  CHECK(refusal(AdamW::like_keras()) == "");
  CHECK(refusal(AdamW::like_optax()) == "");
}

TEST_CASE("options of NAdam") {
  check_rate_and_decay<NAdam>();
  check_every_form_of_decay<NAdam>();
  check_betas<NAdam>();
  check_epsilon<NAdam>();
  check_epsilon_root<NAdam>();
  CHECK(refusal(NAdam{.momentum_decay = 0}) == "");
  CHECK(refusal(NAdam{.momentum_decay = -1}) == "momentum_decay is -1, must be at least 0");
  CHECK(refusal(NAdam::like_keras()) == "");
  CHECK(refusal(NAdam::like_optax()) == "");  // an infinite momentum_decay
}

TEST_CASE("options of RAdam") {
  check_rate_and_decay<RAdam>();
  check_every_form_of_decay<RAdam>();
  check_betas<RAdam>();
  check_epsilon<RAdam>();
  check_epsilon_root<RAdam>();
  CHECK(refusal(RAdam{.threshold = 4}) == "");
  CHECK(refusal(RAdam{.threshold = 3.5}) == "threshold is 3.5, must be at least 4 and finite");
  CHECK(refusal(RAdam::like_optax()) == "");
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
  CHECK(refusal(RmsProp{.decay = 0}) == "");
  CHECK(refusal(RmsProp{.decay = 1}) == "decay is 1" + must_be_a_decay_rate);
  CHECK(refusal(RmsProp{.decay = 1, .centered = true}) == "decay is 1" + must_be_a_decay_rate);
  CHECK(refusal(RmsProp{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(refusal(RmsProp{.momentum = -1, .rate_in_momentum = true}) ==
        "momentum is -1" + must_be_a_decay_rate);
  CHECK(refusal(RmsProp{.initial_square_avg = -1}) == "initial_square_avg is -1" + must_be_non_negative);
  CHECK(refusal(RmsProp{.momentum = 0.5,
                        .weight_decay = -0.1,
                        .weight_decay_form = WeightDecayForm::decoupled,
                        .rate_in_momentum = true}) == "weight_decay is -0.1" + must_be_non_negative);
  for (const RmsProp& like : {RmsProp::like_keras(), RmsProp::like_optax(), RmsProp::like_tensorflow()})
    CHECK(refusal(like) == "");
}

TEST_CASE("options of Adagrad") {
  check_rate_and_decay<Adagrad>();
  check_epsilon<Adagrad>();
  CHECK(refusal(Adagrad{.learning_rate_decay = -1}) == "learning_rate_decay is -1" + must_be_non_negative);
  CHECK(refusal(Adagrad{.learning_rate_decay = not_a_number}) ==
        "learning_rate_decay is nan" + must_be_non_negative);
  CHECK(refusal(Adagrad{.initial_sum = -1}) == "initial_sum is -1" + must_be_non_negative);
  CHECK(refusal(Adagrad::like_keras()) == "");
  CHECK(refusal(Adagrad::like_optax()) == "");
}

TEST_CASE("options of Adadelta") {
  check_rate_and_decay<Adadelta>();
  check_epsilon<Adadelta>();
  CHECK(refusal(Adadelta{.rho = 1}) == "");
  CHECK(refusal(Adadelta{.rho = 0}) == "");
  CHECK(refusal(Adadelta{.rho = 1.5}) == "rho is 1.5, must be in [0, 1]");
  CHECK(refusal(Adadelta{.rho = -1}) == "rho is -1, must be in [0, 1]");
  CHECK(refusal(Adadelta::like_keras()) == "");
}

TEST_CASE("options of Lion") {
  check_rate_and_decay<Lion>();
  check_every_form_of_decay<Lion>();
  check_betas<Lion>();
  CHECK(refusal(Lion::like_optax()) == "");
}

TEST_CASE("options of Muon") {
  check_rate_and_decay<Muon>();
  check_epsilon<Muon>();
  CHECK(refusal(Muon{.momentum = 0}) == "");
  CHECK(refusal(Muon{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(refusal(Muon{.steps = 0}) == "steps is 0, must be at least 1 and finite");
  CHECK(refusal(Muon{.coefficients = {}}) == "coefficients is empty, must hold at least one triple");
  CHECK(refusal(Muon{.coefficients = {{1, 2, not_a_number}}}) == "coefficients must be finite");
  CHECK(refusal(Muon{.rms_factor = 0}) == "rms_factor is 0, must be greater than 0 and finite");
  CHECK(refusal(Muon{.safety_factor = 0.5}) == "safety_factor is 0.5, must be at least 1 and finite");
  CHECK(refusal(Muon::like_jordan()) == "");
  CHECK(refusal(Muon::like_optax()) == "");
}

TEST_CASE("options of transformations") {
  CHECK(refusal(ScaleByLearningRate{-1}) == "learning_rate is -1" + must_be_non_negative);
  CHECK(refusal(AddDecayedWeights{-1}) == "weight_decay is -1" + must_be_non_negative);
  CHECK(refusal(SubtractDecayedWeights{not_a_number}) == "weight_decay is nan" + must_be_non_negative);
  CHECK(refusal(ClipByValue{0}) == "max_value is 0, must be greater than 0 and finite");
  CHECK(refusal(ClipByBlockNorm{0}) == "max_norm is 0, must be greater than 0 and finite");
  CHECK(refusal(ClipByBlockNorm{.epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
  CHECK(refusal(ClipByGlobalNorm{-1}) == "max_norm is -1, must be greater than 0 and finite");
  CHECK(refusal(ClipByGlobalNorm{.epsilon = not_a_number}) == "epsilon is nan" + must_be_non_negative);
  CHECK(refusal(Trace{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(refusal(Trace{.momentum = 0, .dampening = 1}) == "dampening is 1" + must_be_a_decay_rate);
  CHECK(refusal(MovingAverage{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(refusal(Cautious{0}) == "floor is 0, must be in (0, 1]");
  CHECK(refusal(Cautious{1}) == "");
  CHECK(refusal(Orthogonalize{.steps = -1}) == "steps is -1, must be at least 1 and finite");
  CHECK(refusal(ScaleByAdam{.beta1 = 1}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(refusal(ScaleByAmsgrad{.epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
  CHECK(refusal(ScaleByNAdam{.momentum_decay = not_a_number}) == "momentum_decay is nan, must be at least 0");
  CHECK(refusal(ScaleByRAdam{.threshold = 0}) == "threshold is 0, must be at least 4 and finite");
  CHECK(refusal(ScaleByAdamax{.beta2 = 2}) == "beta2 is 2" + must_be_a_decay_rate);
  CHECK(refusal(ScaleByRms{.initial_square_avg = -1}) == "initial_square_avg is -1" + must_be_non_negative);
  CHECK(refusal(ScaleByStandardDeviation{.decay = -1}) == "decay is -1" + must_be_a_decay_rate);
  CHECK(refusal(ScaleByAdagrad{.initial_sum = not_a_number}) == "initial_sum is nan" + must_be_non_negative);
  CHECK(refusal(ScaleByAdadelta{.rho = 2}) == "rho is 2, must be in [0, 1]");
  CHECK(refusal(ScaleByLion{.beta2 = 1}) == "beta2 is 1" + must_be_a_decay_rate);
}

TEST_CASE("in a chain the faulty part is named") {
  Eigen::MatrixXd parameters = Eigen::MatrixXd::Ones(2, 2);
  CHECK(refusal_of([&] { Optimizer(parameters, ClipByGlobalNorm{0} | AdamW{}); }) ==
        "descent: ClipByGlobalNorm: max_norm is 0, must be greater than 0 and finite");
  CHECK(refusal_of([&] { Optimizer(parameters, ClipByGlobalNorm{} | AdamW{.beta1 = 1.5}); }) ==
        "descent: AdamW: beta1 is 1.5, must be in [0, 1)");
}
