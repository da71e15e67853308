// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/descent.hpp>

#include <limits>
#include <string>

// Every option of the rules beyond Adam and Sgd: its range, and the message outside of it.

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
const std::string must_be_positive = ", must be greater than 0 and finite";
const std::string must_be_a_decay_rate = ", must be in [0, 1)";
const std::string must_be_a_share = ", must be in [0, 1]";

template <class R>
void check_rate() {
  CHECK(refusal(R{}) == "");
  CHECK(refusal(R{.learning_rate = 0}) == "");
  CHECK(refusal(R{.learning_rate = -1}) == "learning_rate is -1" + must_be_non_negative);
  CHECK(refusal(R{.learning_rate = infinite}) == "learning_rate is inf" + must_be_non_negative);
  CHECK(refusal(R{.learning_rate = [](std::int64_t) { return -0.5; }}) ==
        "learning_rate at step 0 is -0.5" + must_be_non_negative);
}

template <class R>
void check_decay() {
  CHECK(refusal(R{.weight_decay = 0.1}) == "");
  CHECK(refusal(R{.weight_decay = -0.1}) == "weight_decay is -0.1" + must_be_non_negative);
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
  CHECK(refusal(R{.beta2 = 1}) == "beta2 is 1" + must_be_a_decay_rate);
  CHECK(refusal(R{.beta2 = not_a_number}) == "beta2 is nan" + must_be_a_decay_rate);
}

template <class R>
void check_epsilon() {
  CHECK(refusal(R{.epsilon = 0}) == "");
  CHECK(refusal(R{.epsilon = -1e-8}) == "epsilon is -1e-08" + must_be_non_negative);
}

template <class R>
void check_epsilon_root() {
  CHECK(refusal(R{.epsilon_root = 0}) == "");
  CHECK(refusal(R{.epsilon_root = -1}) == "epsilon_root is -1" + must_be_non_negative);
}

template <class R>
void check_as_adam() {
  check_rate<R>();
  check_betas<R>();
  check_epsilon<R>();
  check_decay<R>();
}

}  // namespace

TEST_CASE("options of Rprop") {
  check_rate<Rprop>();
  CHECK(refusal(Rprop{.eta_minus = 1}) == "eta_minus is 1, must be in (0, 1)");
  CHECK(refusal(Rprop{.eta_minus = 0}) == "eta_minus is 0, must be in (0, 1)");
  CHECK(refusal(Rprop{.eta_plus = 1}) == "eta_plus is 1, must be greater than 1 and finite");
  CHECK(refusal(Rprop{.min_step = -1}) == "min_step is -1" + must_be_non_negative);
  CHECK(refusal(Rprop{.min_step = 0, .max_step = 0}) == "");
  CHECK(refusal(Rprop{.min_step = 1, .max_step = 0.5}) == "max_step is 0.5, must be at least 1 and finite");
  CHECK(refusal(ScaleByRprop{.initial_step = -1}) == "initial_step is -1" + must_be_non_negative);
}

TEST_CASE("options of Asgd") {
  check_rate<Asgd>();
  check_decay<Asgd>();
  CHECK(refusal(Asgd{.lambda = -1}) == "lambda is -1" + must_be_non_negative);
  CHECK(refusal(Asgd{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(refusal(Asgd{.t0 = -1}) == "t0 is -1" + must_be_non_negative);
  CHECK(refusal(Asgd{.t0 = infinite}) == "t0 is inf" + must_be_non_negative);
}

TEST_CASE("options of AdaBelief, AcProp and Yogi") {
  check_as_adam<AdaBelief>();
  check_every_form_of_decay<AdaBelief>();
  check_epsilon_root<AdaBelief>();
  CHECK(refusal(AdaBelief{.beta1 = 1, .amsgrad = true}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(refusal(AdaBelief{.beta1 = [](std::int64_t k) { return k == 0 ? 0.9 : 1.0; }, .nesterov = true}) ==
        "beta1 at step 1 is 1" + must_be_a_decay_rate);
  CHECK(refusal(AdaBelief::like_timm()) == "");
  check_as_adam<AcProp>();
  check_every_form_of_decay<AcProp>();
  check_epsilon_root<AcProp>();
  check_as_adam<Yogi>();
  check_every_form_of_decay<Yogi>();
  check_epsilon_root<Yogi>();
  CHECK(refusal(Yogi{.initial_accumulator = -1}) == "initial_accumulator is -1" + must_be_non_negative);
  CHECK(refusal(Yogi::like_paper()) == "");
}

TEST_CASE("options of Adan") {
  check_as_adam<Adan>();
  check_epsilon_root<Adan>();
  CHECK(refusal(Adan{.beta3 = 1}) == "beta3 is 1" + must_be_a_decay_rate);
  CHECK(refusal(Adan{.beta3 = 1, .cautious = true}) == "beta3 is 1" + must_be_a_decay_rate);
  CHECK(refusal(Adan{.weight_decay = -0.1, .proximal = false}) ==
        "weight_decay is -0.1" + must_be_non_negative);
  CHECK(refusal(Adan::like_optax()) == "");
}

TEST_CASE("options of AdEMAMix and its simplified form") {
  check_as_adam<AdEMAMix>();
  check_every_form_of_decay<AdEMAMix>();
  check_epsilon_root<AdEMAMix>();
  CHECK(refusal(AdEMAMix{.beta3 = 1}) == "beta3 is 1" + must_be_a_decay_rate);
  CHECK(refusal(AdEMAMix{.beta3 = 1, .beta3_warmup = 10}) == "beta3 is 1" + must_be_a_decay_rate);
  CHECK(refusal(AdEMAMix{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(refusal(AdEMAMix{.alpha_warmup = -1}) == "alpha_warmup is -1" + must_be_non_negative);
  CHECK(refusal(AdEMAMix{.beta3_warmup = -1}) == "beta3_warmup is -1" + must_be_non_negative);
  CHECK(refusal(AdEMAMix{.beta1 = 0, .beta3_warmup = 10}) ==
        "beta3_warmup needs a beta1 and a beta3 greater than 0");
  check_as_adam<SimplifiedAdEMAMix>();
  check_every_form_of_decay<SimplifiedAdEMAMix>();
  check_epsilon_root<SimplifiedAdEMAMix>();
  CHECK(refusal(SimplifiedAdEMAMix{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(refusal(SimplifiedAdEMAMix{.beta1_warmup = -1}) == "beta1_warmup is -1" + must_be_non_negative);
  CHECK(refusal(SimplifiedAdEMAMix{.min_beta1 = 1}) == "min_beta1 is 1" + must_be_a_decay_rate);
  CHECK(refusal(SimplifiedAdEMAMix::like_pytorch_optimizer()) == "");
}

TEST_CASE("options of Adopt and LaProp") {
  check_as_adam<Adopt>();
  check_every_form_of_decay<Adopt>();
  CHECK(refusal(Adopt{.clip_exponent = -1}) == "clip_exponent is -1" + must_be_non_negative);
  CHECK(refusal(Adopt{.clip_exponent = 0}) == "");
  CHECK(refusal(Adopt::like_timm()) == "");
  check_as_adam<LaProp>();
  CHECK(refusal(ScaleByLaProp{.weight = -1}) == "weight is -1" + must_be_non_negative);
  CHECK(refusal(LaProp::like_timm()) == "");
  CHECK(refusal(DecayAfterStep{.learning_rate = -1}) == "learning_rate is -1" + must_be_non_negative);
  CHECK(refusal(DecayAfterStep{.weight_decay = -1}) == "weight_decay is -1" + must_be_non_negative);
  CHECK(refusal(DecayGradient{-1}) == "weight_decay is -1" + must_be_non_negative);
}

TEST_CASE("options of Mars") {
  check_as_adam<Mars>();
  check_every_form_of_decay<Mars>();
  check_epsilon_root<Mars>();
  CHECK(refusal(Mars{.gamma = -1}) == "gamma is -1" + must_be_non_negative);
  CHECK(refusal(Mars{.beta1 = 1, .form = MarsForm::lion}) == "beta1 is 1" + must_be_a_decay_rate);
  CHECK(refusal(Mars::like_timm()) == "");
}

TEST_CASE("options of MadGrad") {
  check_rate<MadGrad>();
  check_every_form_of_decay<MadGrad>();
  check_epsilon<MadGrad>();
  CHECK(refusal(MadGrad{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(refusal(MadGrad{.learning_rate = -1, .momentum = 0}) == "learning_rate is -1" + must_be_non_negative);
  CHECK(refusal(MadGrad{.momentum = 0, .epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
}

TEST_CASE("options of Qhm, QhAdam and AggMo") {
  check_rate<Qhm>();
  check_every_form_of_decay<Qhm>();
  CHECK(refusal(Qhm{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  CHECK(refusal(Qhm{.nu = 1}) == "");
  CHECK(refusal(Qhm{.nu = 1.5}) == "nu is 1.5" + must_be_a_share);
  check_as_adam<QhAdam>();
  check_every_form_of_decay<QhAdam>();
  CHECK(refusal(QhAdam{.nu1 = -1}) == "nu1 is -1" + must_be_a_share);
  CHECK(refusal(QhAdam{.nu2 = 2}) == "nu2 is 2" + must_be_a_share);
  check_rate<AggMo>();
  check_every_form_of_decay<AggMo>();
  CHECK(refusal(AggMo{.betas = {0.5}}) == "");
  CHECK(refusal(AggMo{.betas = {}}) == "betas must hold 1 to 6 numbers");
  CHECK(refusal(AggMo{.betas = {0, 0, 0, 0, 0, 0}}) == "");
  CHECK(refusal(AggMo{.betas = {0, 0, 0, 0, 0, 0, 0}}) == "betas must hold 1 to 6 numbers");
  CHECK(refusal(AggMo{.betas = {0.5, 1}}) == "betas is 1" + must_be_a_decay_rate);
}

TEST_CASE("options of SignSgd, Signum and Grams") {
  check_rate<SignSgd>();
  check_every_form_of_decay<SignSgd>();
  check_rate<Signum>();
  check_every_form_of_decay<Signum>();
  CHECK(refusal(Signum{.momentum = 1}) == "momentum is 1" + must_be_a_decay_rate);
  check_as_adam<Grams>();
  check_every_form_of_decay<Grams>();
}

TEST_CASE("options of Ftrl") {
  CHECK(refusal(Ftrl{}) == "");
  CHECK(refusal(Ftrl{.learning_rate = 0}) == "learning_rate is 0" + must_be_positive);
  CHECK(refusal(Ftrl{.l1 = -1}) == "l1 is -1" + must_be_non_negative);
  CHECK(refusal(Ftrl{.l2 = -1}) == "l2 is -1" + must_be_non_negative);
  CHECK(refusal(Ftrl{.beta = -1}) == "beta is -1" + must_be_non_negative);
  CHECK(refusal(Ftrl{.initial_accumulator = -1}) == "initial_accumulator is -1" + must_be_non_negative);
  CHECK(refusal(Ftrl{.l2_shrinkage = -1}) == "l2_shrinkage is -1" + must_be_non_negative);
  CHECK(refusal(Ftrl::like_keras()) == "");
}

TEST_CASE("options of the optimistic rules") {
  check_rate<OptimisticGradientDescent>();
  check_every_form_of_decay<OptimisticGradientDescent>();
  CHECK(refusal(OptimisticGradientDescent{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(refusal(OptimisticGradientDescent{.beta = -1}) == "beta is -1" + must_be_non_negative);
  check_as_adam<OptimisticAdam>();
  check_every_form_of_decay<OptimisticAdam>();
  check_epsilon_root<OptimisticAdam>();
  CHECK(refusal(OptimisticAdam{.alpha = -1}) == "alpha is -1" + must_be_non_negative);
  CHECK(refusal(OptimisticAdam{.beta2 = 1, .nesterov = true}) == "beta2 is 1" + must_be_a_decay_rate);
  CHECK(refusal(OptimisticAdam::like_optax()) == "");
}

TEST_CASE("options of Apollo and Cocob") {
  check_rate<Apollo>();
  check_every_form_of_decay<Apollo>();
  check_epsilon<Apollo>();
  CHECK(refusal(Apollo{.beta = 1}) == "beta is 1" + must_be_a_decay_rate);
  CHECK(refusal(Apollo{.stable_decay = true}) == "stable_decay needs weight_decay_form = decoupled");
  CHECK(refusal(Apollo{.weight_decay_form = WeightDecayForm::decoupled, .stable_decay = true}) == "");
  check_rate<Cocob>();
  check_decay<Cocob>();
  CHECK(refusal(Cocob{.alpha = 0}) == "alpha is 0" + must_be_positive);
  CHECK(refusal(Cocob{.epsilon = 0}) == "epsilon is 0" + must_be_positive);
}
