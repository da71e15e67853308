// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/momo.hpp>
#include <descent/optimizers/momo_adam.hpp>
#include <descent/optimizers/polyak_step.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

// Rules that use the loss.

using namespace descent;
using Eigen::VectorXd;
using test::rule_refusal;
using test::slope;
using test::start;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class R>
VectorXd after_loss(const R& rule, double loss, const VectorXd& gradient = slope, int steps = 1) {
  VectorXd p = start;
  Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k) optimizer.step(p, gradient, loss);
  return p;
}

}  // namespace

TEST_CASE("one Polyak step solves |p|_1, and two are as many as that needs with scale 2") {
  VectorXd p = (VectorXd(2) << 1, -1).finished();
  Optimizer optimizer(p, PolyakStep{});
  optimizer.step(p, VectorXd(p.array().sign()), 2.0);
  CHECK(p == VectorXd::Zero(2));
  CHECK(after_loss(PolyakStep{.learning_rate = 10, .scale = 2}, 3)
            .isApprox(start - 3 / (2 * slope.squaredNorm()) * slope, 1e-14));
}

TEST_CASE("the largest rate bounds Polyak steps, and a loss below the smallest climbs or rests") {
  CHECK(after_loss(PolyakStep{.learning_rate = 0.25}, 1e9) == start - 0.25 * slope);
  const double rate = 1 / slope.squaredNorm();
  CHECK(after_loss(PolyakStep{.min_loss = 2}, 1).isApprox(start + rate * slope, 1e-14));
  CHECK(after_loss(PolyakStep{.min_loss = 2, .only_down = true}, 1) == start);
  CHECK(after_loss(PolyakStep{}, 0) == start);
}

TEST_CASE("the first step of MoMo is a Polyak step; further ones are bounded by the rate") {
  CHECK(after_loss(MoMo{.learning_rate = 10}, 3)
            .isApprox(after_loss(PolyakStep{.learning_rate = 10}, 3), 1e-14));
  CHECK(after_loss(MoMo{.learning_rate = 0.25}, 1e9) == start - 0.25 * slope);
  VectorXd p = start;
  Optimizer optimizer(p, MoMo{.learning_rate = 0.01});
  for (int k = 0; k < 20; ++k) {
    optimizer.step(p, slope * std::cos(k), 2.0 + std::sin(k));
    CHECK(optimizer.rule_state<MoMo>().step_size <= 0.01);
    CHECK(optimizer.rule_state<MoMo>().step_size >= 0);
  }
}

TEST_CASE("MoMo and MoMoAdam stop if the loss has reached its bound") {
  CHECK(after_loss(MoMo{.min_loss = 3}, 3) == start);
  CHECK(after_loss(MoMoAdam{.min_loss = 3}, 3) == start);
  CHECK(after_loss(MoMo{.min_loss = 5}, 3) == start);
}

TEST_CASE("an adaptive bound rises, and falls again if the model proves it too high") {
  VectorXd p = start;
  Optimizer optimizer(p, MoMo{.learning_rate = 0.01, .adapt_min_loss = true});
  optimizer.step(p, slope, 100.0);
  const double risen = optimizer.rule_state<MoMo>().min_loss;
  CHECK(risen == Approx(100 - 0.01 * slope.squaredNorm() / 2));
  for (int k = 0; k < 50; ++k) optimizer.step(p, slope, 1.0);
  CHECK(optimizer.rule_state<MoMo>().min_loss < risen);
  CHECK(optimizer.rule_state<MoMo>().min_loss >= 0);
}

TEST_CASE("MoMoAdam with a small rate is Adam's first step, whatever the gradient's scale") {
  const MoMoAdam rule{.learning_rate = 1e-3, .epsilon = 1e-300};
  const VectorXd signs = slope.array().sign();
  CHECK(after_loss(rule, 10).isApprox(start - 1e-3 * signs, 1e-13));
  CHECK(after_loss(rule, 1e9, 1024 * slope, 3).isApprox(after_loss(rule, 1e9, slope, 3), 1e-12));
}

TEST_CASE("rules that look at the loss rest without slope, and decay") {
  const VectorXd zeros = VectorXd::Zero(9);
  CHECK(after_loss(PolyakStep{}, 1, zeros, 3) == start);
  CHECK(after_loss(MoMo{}, 1, zeros, 3) == start);
  CHECK(after_loss(MoMoAdam{}, 1, zeros, 3) == start);
  CHECK(after_loss(MoMo{.learning_rate = 1, .weight_decay = 1}, 1, zeros) == 0.5 * start);
  CHECK(after_loss(MoMoAdam{.learning_rate = 1, .weight_decay = 1}, 1, zeros) == 0.5 * start);
}

TEST_CASE("a loss that is not finite is refused") {
  for (const double loss : {not_a_number, infinite, -infinite}) {
    CHECK_THROWS_AS(after_loss(PolyakStep{}, loss), std::invalid_argument);
    CHECK_THROWS_AS(after_loss(MoMo{}, loss), std::invalid_argument);
    CHECK_THROWS_AS(after_loss(MoMoAdam{}, loss), std::invalid_argument);
  }
}

TEST_CASE("rules that look at the loss find the bottom of a valley") {
  CHECK(test::left_in_valley(PolyakStep{}, 500) < 1e-6);
  CHECK(test::left_in_valley(MoMo{.beta = 0.5}, 500) < 1e-6);
  CHECK(test::left_in_valley(MoMoAdam{.learning_rate = 0.3}, 500) < 1e-4);
}

TEST_CASE("rules that look at the loss say which option is wrong") {
  CHECK(rule_refusal(PolyakStep{}) == "");
  CHECK(rule_refusal(PolyakStep{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(PolyakStep{.min_loss = infinite}) == "min_loss is inf, must be finite");
  CHECK(rule_refusal(PolyakStep{.scale = 0}) == "scale is 0" + test::must_be_positive);
  CHECK(rule_refusal(PolyakStep{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(MoMo{}) == "");
  CHECK(rule_refusal(MoMo{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(MoMo{.beta = 1}) == "beta is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(MoMo{.min_loss = not_a_number}) == "min_loss is nan, must be finite");
  CHECK(rule_refusal(MoMo{.weight_decay = -1}) == "weight_decay is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(MoMoAdam{}) == "");
  CHECK(rule_refusal(MoMoAdam{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(MoMoAdam{.beta1 = 1}) == "beta1 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(MoMoAdam{.beta2 = 1}) == "beta2 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(MoMoAdam{.epsilon = 0}) == "epsilon is 0" + test::must_be_positive);
  CHECK(rule_refusal(MoMoAdam{.min_loss = not_a_number}) == "min_loss is nan, must be finite");
  CHECK(rule_refusal(MoMoAdam{.weight_decay = -1}) == "weight_decay is -1" + test::must_be_non_negative);
}
