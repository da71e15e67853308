// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/ftrl.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/exponential_decay.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/partition.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstdint>

using namespace descent;
using namespace training_test;
using Eigen::MatrixXd, Eigen::VectorXd;

TEST_CASE("learning-rate factor: multiplies a constant and a schedule, from the next step on") {
  VectorXd w = VectorXd::Zero(2);
  const VectorXd g = VectorXd::Ones(2);
  Optimizer constant(w, Sgd{.learning_rate = 0.5});
  constant.step(w, g);
  constant.set_learning_rate_factor(0.25);
  CHECK(constant.learning_rate() == 0.125);
  CHECK(constant.learning_rate_factor() == 0.25);
  CHECK(constant.rule().learning_rate(0) == 0.5);
  constant.step(w, g);
  CHECK(w[0] == -0.625);
  constant.set_learning_rate_factor(1);
  CHECK(constant.learning_rate() == 0.5);

  Optimizer scheduled(w, Sgd{.learning_rate = ExponentialDecay{.initial = 1, .factor = 0.5, .steps = 1}});
  scheduled.set_learning_rate_factor(3);
  CHECK(scheduled.learning_rate() == 3);
  scheduled.step(w, g);
  CHECK(scheduled.learning_rate() == 1.5);
}

TEST_CASE("learning-rate factor: blocks with rates of their own keep their proportions") {
  Regression<double> model = zero_regression<double>(), gradient = model;
  gradient.weights.setOnes();
  gradient.bias.setOnes();
  Optimizer optimizer(model, ClipByGlobalNorm{1e9} |
                                 partition(matrices, Sgd{.learning_rate = 0.5}, Sgd{.learning_rate = 0.25}));
  optimizer.set_learning_rate_factor(0.5);
  optimizer.step(model, gradient);
  CHECK(model.weights(0, 0) == -0.25);
  CHECK(model.bias(0) == -0.125);
}

TEST_CASE("learning-rate factor: reaches decoupled decay, as the rate does") {
  VectorXd w = VectorXd::Ones(1), halved = w;
  const VectorXd g = VectorXd::Zero(1);
  Optimizer optimizer(w, AdamW{.learning_rate = 0.5, .weight_decay = 0.5});
  optimizer.set_learning_rate_factor(0.5);
  optimizer.step(w, g);
  Optimizer twin(halved, AdamW{.learning_rate = 0.25, .weight_decay = 0.5});
  twin.step(halved, g);
  CHECK(w[0] == halved[0]);
  CHECK(w[0] == 0.875);
}

TEST_CASE("learning-rate factor: stays through set_rule, reset and a copy") {
  VectorXd w = VectorXd::Zero(1);
  Optimizer optimizer(w, Sgd{.learning_rate = 1});
  optimizer.set_learning_rate_factor(0.5);
  optimizer.set_rule({.learning_rate = 4});
  CHECK(optimizer.learning_rate() == 2);
  optimizer.reset();
  CHECK(optimizer.learning_rate() == 2);
  const Optimizer copy = optimizer;
  CHECK(copy.learning_rate() == 2);
}

TEST_CASE("learning-rate factor: a bad one is refused, and nothing changes") {
  VectorXd w = VectorXd::Zero(1);
  Optimizer optimizer(w, Sgd{.learning_rate = 1e300});
  CHECK(message_of([&] { optimizer.set_learning_rate_factor(-1); }) ==
        "descent: set_learning_rate_factor: factor is -1, must be at least 0 and finite");
  CHECK(message_of([&] { optimizer.set_learning_rate_factor(std::nan("")); }) ==
        "descent: set_learning_rate_factor: factor is nan, must be at least 0 and finite");
  CHECK(message_of([&] { optimizer.set_learning_rate_factor(1e300); }) ==
        "descent: Sgd: learning_rate times its factor 1e+300 is inf, must be at least 0 and finite");
  CHECK(optimizer.learning_rate() == 1e300);
  CHECK(optimizer.learning_rate_factor() == 1);

  Optimizer leader(w, Ftrl{});
  CHECK(message_of([&] { leader.set_learning_rate_factor(0); }) ==
        "descent: Ftrl: learning_rate times its factor 0 is 0, must be greater than 0 and finite");
  const auto falls = [](std::int64_t step) { return step == 0 ? 1.0 : 0.0; };
  Optimizer falling(w, Ftrl{.learning_rate = falls});
  falling.set_learning_rate_factor(0.5);
  falling.step(w, w);
  CHECK(
      message_of([&] { falling.step(w, w); }) ==
      "descent: Ftrl: learning_rate at step 1 times its factor 0.5 is 0, must be greater than 0 and finite");
}
