// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/descent.hpp>

#include <string>
#include <vector>

// Every recipe in a narrow valley, and its steps without a slope.

using namespace descent;
using Eigen::VectorXd;

namespace {

/// sum c (p - 1)^2 / 2 with curvatures c from 1 to 100, from p = 0.
const VectorXd curvature = Eigen::Array4d(1, 5, 25, 100);

double loss_at(const VectorXd& p) { return (curvature.array() * (p.array() - 1).square()).sum() / 2; }

template <class R>
double loss_after(const R& rule, int steps) {
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k) optimizer.step(p, curvature.cwiseProduct(p - VectorXd::Ones(4)));
  return loss_at(p);
}

/// The names of the state, in order.
template <class R>
std::string slots_of(const R& rule) {
  const VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, rule);
  std::string names;
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto&) { names += name + " "; });
  return names;
}

/// A parameter of 1 after one step without slope, with weight decay 0.25 and learning rate 0.5.
template <class R>
double one_after_decay(R rule) {
  rule.learning_rate = 0.5;
  rule.weight_decay = 0.25;
  VectorXd p = VectorXd::Ones(4);
  Optimizer optimizer(p, rule);
  optimizer.step(p, VectorXd::Zero(4));
  CHECK(p.isConstant(p[0], 0));
  return p[0];
}

}  // namespace

TEST_CASE("every recipe finds the bottom of a narrow valley") {
  const double before = loss_at(VectorXd::Zero(4));
  const Schedule fading = CosineDecay{.initial = 0.05, .steps = 300};
  CHECK(loss_after(Sgd{.learning_rate = 0.018}, 300) < 1e-4 * before);
  CHECK(loss_after(Sgd{.learning_rate = 0.01, .momentum = 0.9, .nesterov = true}, 300) < 1e-8 * before);
  CHECK(loss_after(Adam{.learning_rate = fading}, 300) < 1e-6 * before);
  CHECK(loss_after(Adam{.learning_rate = fading, .amsgrad = true}, 300) < 1e-6 * before);
  CHECK(loss_after(AdamW{.learning_rate = fading, .weight_decay = 0.0}, 300) < 1e-6 * before);
  CHECK(loss_after(NAdam{.learning_rate = fading}, 300) < 1e-6 * before);
  CHECK(loss_after(RAdam{.learning_rate = fading, .beta2 = 0.9}, 300) < 1e-6 * before);
  CHECK(loss_after(Adamax{.learning_rate = fading}, 300) < 1e-6 * before);
  CHECK(loss_after(RmsProp{.learning_rate = fading, .momentum = 0.5}, 300) < 1e-6 * before);
  CHECK(loss_after(RmsProp{.learning_rate = fading, .centered = true}, 300) < 1e-6 * before);
  CHECK(loss_after(Adagrad{.learning_rate = 0.5}, 300) < 1e-6 * before);
  CHECK(loss_after(Adadelta{.epsilon = 1e-3}, 300) < 1e-6 * before);
  CHECK(loss_after(Lion{.learning_rate = fading}, 300) < 1e-6 * before);
  CHECK(loss_after(Lion{.learning_rate = fading, .cautious = true}, 300) < 1e-6 * before);
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

TEST_CASE("Nesterov's first step looks ahead of that of plain momentum") {
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, Sgd{.learning_rate = 0.5, .momentum = 0.75, .nesterov = true});
  optimizer.step(p, VectorXd::Ones(4));  // b = 1, u = 1 + 0.75
  CHECK(p.isConstant(-0.5 * 1.75, 0));
  optimizer.step(p, VectorXd::Zero(4));  // b = 0.75
  CHECK(p.isConstant(-0.5 * (1.75 + 0.75 * 0.75), 0));
}
