// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/optimizers/adadelta.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamax.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/nadam.hpp>
#include <descent/optimizers/radam.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>

#include <limits>

// The defaults, which are PyTorch's, and the changes of the presets. tests/reference compares their effects
// with the numbers of the systems themselves.

using namespace descent;

namespace {

double value(const Schedule& schedule) {
  CHECK(schedule.is_constant());
  return schedule(0);
}

template <class R>
void check_adams_defaults(double rate, double weight_decay = 0) {
  CHECK(value(R{}.learning_rate) == rate);
  CHECK(value(R{}.beta1) == 0.9);
  CHECK(value(R{}.beta2) == 0.999);
  CHECK(R{}.epsilon == 1e-8);
  CHECK(value(R{}.weight_decay) == weight_decay);
  CHECK_FALSE(R{}.maximize);
}

}  // namespace

TEST_CASE("defaults of Adam and its relatives") {
  check_adams_defaults<Adam>(1e-3);
  check_adams_defaults<AdamW>(1e-3, 0.01);
  check_adams_defaults<NAdam>(2e-3);
  check_adams_defaults<RAdam>(1e-3);
  check_adams_defaults<Adamax>(2e-3);
  CHECK_FALSE((Adam{}.amsgrad || Adam{}.epsilon_before_correction || Adam{}.max_of_corrected));
  CHECK((Adam{}.correct_first_moment && Adam{}.correct_second_moment));
  CHECK_FALSE((AdamW{}.amsgrad || AdamW{}.epsilon_before_correction));
  CHECK(NAdam{}.momentum_decay == 4e-3);
  CHECK((RAdam{}.threshold == 5 && RAdam{}.epsilon_before_correction));
  CHECK(NAdam{}.weight_decay_form == WeightDecayForm::coupled);
  CHECK(RAdam{}.weight_decay_form == WeightDecayForm::coupled);
  CHECK(Adamax{}.weight_decay_form == WeightDecayForm::coupled);
}

TEST_CASE("defaults of the others") {
  CHECK((value(Sgd{}.learning_rate) == 1e-3 && value(Sgd{}.momentum) == 0 && value(Sgd{}.weight_decay) == 0));
  CHECK((Sgd{}.dampening == 0 && !Sgd{}.nesterov && !Sgd{}.maximize && !Sgd{}.rate_in_momentum));
  CHECK((value(RmsProp{}.learning_rate) == 0.01 && value(RmsProp{}.decay) == 0.99 &&
         RmsProp{}.epsilon == 1e-8));
  CHECK((value(RmsProp{}.momentum) == 0 && !RmsProp{}.centered && RmsProp{}.initial_square_avg == 0));
  CHECK((value(Adagrad{}.learning_rate) == 0.01 && Adagrad{}.epsilon == 1e-10 && Adagrad{}.initial_sum == 0));
  CHECK((value(Adadelta{}.learning_rate) == 1 && value(Adadelta{}.rho) == 0.9 && Adadelta{}.epsilon == 1e-6));
  CHECK((value(Lion{}.learning_rate) == 1e-4 && value(Lion{}.beta1) == 0.9 && value(Lion{}.beta2) == 0.99));
  CHECK((value(Lion{}.weight_decay) == 0 && Lion{}.weight_decay_form == WeightDecayForm::decoupled));
  CHECK((value(Muon{}.learning_rate) == 1e-3 && value(Muon{}.momentum) == 0.95 &&
         value(Muon{}.weight_decay) == 0.1));
  CHECK((Muon{}.nesterov && Muon{}.steps == 5 && Muon{}.epsilon == 1e-7 &&
         Muon{}.scale == MuonScale::original));
  CHECK(Muon{}.coefficients == std::vector<std::array<double, 3>>{{3.4445, -4.775, 2.0315}});
}

TEST_CASE("presets after Keras") {
  CHECK((value(Sgd::like_keras().learning_rate) == 0.01 && Sgd::like_keras().rate_in_momentum));
  CHECK((Adam::like_keras().epsilon == 1e-7 && Adam::like_keras().epsilon_before_correction));
  CHECK((AdamW::like_keras().epsilon == 1e-7 && AdamW::like_keras().epsilon_before_correction));
  CHECK(value(AdamW::like_keras().weight_decay) == 4e-3);
  const NAdam nadam = NAdam::like_keras();
  CHECK((value(nadam.learning_rate) == 1e-3 && nadam.epsilon == 1e-7 && nadam.momentum_decay == 1));
  const RmsProp rmsprop = RmsProp::like_keras();
  CHECK((value(rmsprop.learning_rate) == 1e-3 && value(rmsprop.decay) == 0.9 && rmsprop.epsilon == 1e-7));
  CHECK((rmsprop.epsilon_in_root && rmsprop.rate_in_momentum && rmsprop.initial_square_avg == 0));
  const Adagrad adagrad = Adagrad::like_keras();
  CHECK((value(adagrad.learning_rate) == 1e-3 && adagrad.epsilon == 1e-7));
  CHECK((adagrad.initial_sum == 0.1 && adagrad.epsilon_in_root));
  const Adadelta adadelta = Adadelta::like_keras();
  CHECK((value(adadelta.learning_rate) == 1e-3 && value(adadelta.rho) == 0.95 && adadelta.epsilon == 1e-7));
}

TEST_CASE("presets after Optax") {
  CHECK((value(AdamW::like_optax().weight_decay) == 1e-4 && AdamW::like_optax().max_of_corrected));
  CHECK(value(NAdam::like_optax().learning_rate) == 1e-3);
  CHECK(NAdam::like_optax().momentum_decay == std::numeric_limits<double>::infinity());
  CHECK((RAdam::like_optax().rectify_at_threshold && !RAdam::like_optax().epsilon_before_correction));
  const RmsProp rmsprop = RmsProp::like_optax();
  CHECK((value(rmsprop.learning_rate) == 1e-3 && value(rmsprop.decay) == 0.9 && rmsprop.epsilon == 1e-8));
  CHECK((rmsprop.epsilon_in_root && rmsprop.rate_in_momentum));
  const Adagrad adagrad = Adagrad::like_optax();
  CHECK((adagrad.epsilon == 1e-7 && adagrad.initial_sum == 0.1 && adagrad.epsilon_in_root));
  CHECK(value(Lion::like_optax().weight_decay) == 1e-3);
  const Muon muon = Muon::like_optax();
  CHECK((value(muon.weight_decay) == 0 && muon.epsilon == 1e-8 && muon.bias_correction && muon.add_epsilon));
  CHECK(muon.scale == MuonScale::original_for_output_columns);
}

TEST_CASE("presets after other systems") {
  const RmsProp tensorflow = RmsProp::like_tensorflow();
  CHECK(
      (value(tensorflow.decay) == 0.9 && tensorflow.epsilon == 1e-10 && tensorflow.initial_square_avg == 1));
  CHECK((tensorflow.epsilon_in_root && tensorflow.rate_in_momentum));
  const Muon jordan = Muon::like_jordan();
  CHECK((value(jordan.learning_rate) == 0.02 && value(jordan.weight_decay) == 0 && jordan.add_epsilon));
}
