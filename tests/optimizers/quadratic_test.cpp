// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/small_problems.hpp"

#include <descent/descent.hpp>

// Every recipe in a narrow valley, and with a gradient of 0.

using namespace descent;
using Eigen::VectorXd;
using test::left_in_valley;
using test::one_after_decay;
using test::slots_of;

namespace {

const VectorXd curvature = Eigen::Array4d(1, 5, 25, 100);

}  // namespace

TEST_CASE("every recipe finds the bottom of a narrow valley") {
  const Schedule fading = CosineDecay{.initial = 0.05, .steps = 300};
  CHECK(left_in_valley(Sgd{.learning_rate = 0.018}, 300) < 1e-4);
  CHECK(left_in_valley(Sgd{.learning_rate = 0.01, .momentum = 0.9, .nesterov = true}, 300) < 1e-8);
  CHECK(left_in_valley(Adam{.learning_rate = fading}, 300) < 1e-6);
  CHECK(left_in_valley(Adam{.learning_rate = fading, .amsgrad = true}, 300) < 1e-6);
  CHECK(left_in_valley(AdamW{.learning_rate = fading, .weight_decay = 0.0}, 300) < 1e-6);
  CHECK(left_in_valley(NAdam{.learning_rate = fading}, 300) < 1e-6);
  CHECK(left_in_valley(RAdam{.learning_rate = fading, .beta2 = 0.9}, 300) < 1e-6);
  CHECK(left_in_valley(Adamax{.learning_rate = fading}, 300) < 1e-6);
  CHECK(left_in_valley(RmsProp{.learning_rate = fading, .momentum = 0.5}, 300) < 1e-6);
  CHECK(left_in_valley(RmsProp{.learning_rate = fading, .centered = true}, 300) < 1e-6);
  CHECK(left_in_valley(Adagrad{.learning_rate = 0.5}, 300) < 1e-6);
  CHECK(left_in_valley(Adadelta{.epsilon = 1e-3}, 300) < 1e-6);
  CHECK(left_in_valley(Lion{.learning_rate = fading}, 300) < 1e-6);
  CHECK(left_in_valley(Lion{.learning_rate = fading, .cautious = true}, 300) < 1e-6);
}

TEST_CASE("Muon finds the bottom for matrices") {
  const Eigen::MatrixXd target = Eigen::MatrixXd::Identity(4, 3);
  Eigen::MatrixXd p = Eigen::MatrixXd::Zero(4, 3);
  Optimizer optimizer(
      p, Muon{.learning_rate = LinearDecay{.initial = 0.1, .final = 0, .steps = 200}, .weight_decay = 0.0});
  for (int k = 0; k < 200; ++k) optimizer.step(p, curvature.asDiagonal() * (p - target));
  CHECK((p - target).norm() < 0.05);
}

TEST_CASE("without slope only decay moves, by its form") {
  CHECK(one_after_decay(AdamW{}) == 1 - 0.5 * 0.25);
  CHECK(one_after_decay(Sgd{}) == 1 - 0.5 * 0.25);
  CHECK(one_after_decay(Lion{}) == 1 - 0.5 * 0.25);
  constexpr auto decoupled = WeightDecayForm::decoupled, fixed = WeightDecayForm::fixed;
  CHECK(one_after_decay(NAdam{.weight_decay_form = decoupled}) == 1 - 0.5 * 0.25);
  CHECK(one_after_decay(RAdam{.weight_decay_form = decoupled}) == 1 - 0.5 * 0.25);
  CHECK(one_after_decay(Adamax{.weight_decay_form = decoupled}) == 1 - 0.5 * 0.25);
  CHECK(one_after_decay(RmsProp{.weight_decay_form = decoupled}) == 1 - 0.5 * 0.25);
  CHECK(one_after_decay(RmsProp{.momentum = 0.5, .weight_decay_form = decoupled, .rate_in_momentum = true}) ==
        1 - 0.5 * 0.25);
  CHECK(one_after_decay(NAdam{.weight_decay_form = fixed}) == 0.75);
  CHECK(one_after_decay(RAdam{.weight_decay_form = fixed}) == 0.75);
  CHECK(one_after_decay(Adamax{.weight_decay_form = fixed}) == 0.75);
  CHECK(one_after_decay(RmsProp{.weight_decay_form = fixed}) == 0.75);
  CHECK(one_after_decay(Lion{.weight_decay_form = fixed}) == 0.75);
  // With coupled decay, it is scaled like any slope: steps have the size of the learning rate.
  CHECK(one_after_decay(Lion{.weight_decay_form = WeightDecayForm::coupled}) == 0.5);
  CHECK(one_after_decay(Adam{.epsilon = 0}) == Approx(0.5));
  CHECK(one_after_decay(Adagrad{.epsilon = 0}) == Approx(0.5));
}

TEST_CASE("recipes remember what their options need, under the names of PyTorch") {
  CHECK(slots_of(Sgd{}) == "");
  CHECK(slots_of(Sgd{.momentum = 0.5}) == "momentum_buffer ");
  CHECK(slots_of(Sgd{.momentum = 0.5, .rate_in_momentum = true}) == "momentum_buffer ");
  CHECK(slots_of(Sgd{.momentum = [](std::int64_t) { return 0.0; }}) == "momentum_buffer ");
  CHECK(slots_of(Adam{}) == "exp_avg exp_avg_sq ");
  CHECK(slots_of(Adam{.amsgrad = true}) == "exp_avg exp_avg_sq max_exp_avg_sq ");
  CHECK(slots_of(AdamW{}) == "exp_avg exp_avg_sq ");
  CHECK(slots_of(NAdam{}) == "exp_avg exp_avg_sq ");
  CHECK(slots_of(RAdam{}) == "exp_avg exp_avg_sq ");
  CHECK(slots_of(Adamax{}) == "exp_avg exp_inf ");
  CHECK(slots_of(RmsProp{}) == "square_avg ");
  CHECK(slots_of(RmsProp{.momentum = 0.5}) == "square_avg momentum_buffer ");
  CHECK(slots_of(RmsProp{.centered = true}) == "square_avg grad_avg ");
  CHECK(slots_of(RmsProp{.momentum = 0.5, .centered = true, .rate_in_momentum = true}) ==
        "square_avg grad_avg momentum_buffer ");
  CHECK(slots_of(Adagrad{}) == "sum ");
  CHECK(slots_of(Adadelta{}) == "square_avg acc_delta ");
  CHECK(slots_of(Lion{}) == "exp_avg ");
}
