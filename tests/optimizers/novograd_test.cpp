// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/novograd.hpp>
#include <descent/schedules/cosine_decay.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

TEST_CASE("the first step of NovoGrad has the size of the rate and the direction of the gradient") {
  const NovoGrad rule{.learning_rate = 0.125, .epsilon = 0};
  CHECK(after(rule, start, slope).isApprox(start - 0.125 * slope / slope.norm(), 1e-15));
  CHECK(after(rule, start, 1024 * slope, 3).isApprox(after(rule, start, slope, 3), 1e-14));
}

TEST_CASE("a NovoGrad step is at most the sum of its momenta") {
  VectorXd p = start;
  Optimizer optimizer(p, NovoGrad{.learning_rate = 1, .beta2 = 0, .epsilon = 0, .gradient_averaging = true});
  for (int k = 0; k < 20; ++k) {
    const VectorXd before = p;
    optimizer.step(p, slope.cwiseProduct(VectorXd::LinSpaced(9, -k, 2)));
    CHECK((p - before).norm() < 1 + 1e-12);
  }
}

TEST_CASE("a block without slope does not move, and an empty one is no trouble") {
  CHECK(after(NovoGrad{.epsilon = 0}, start, VectorXd::Zero(9), 3) == start);
  CHECK(after(NovoGrad{}, VectorXd(0), VectorXd(0), 3).size() == 0);
}

TEST_CASE("NovoGrad's second moment starts at the first step, or at the first gradient") {
  VectorXd p = VectorXd::Zero(9), q = p;
  const NovoGrad at_step{.learning_rate = 1, .beta2 = 0.75, .epsilon = 0};
  NovoGrad at_gradient = at_step;
  at_gradient.start_at_gradient = true;
  Optimizer first(p, at_step), second(q, at_gradient);
  for (const VectorXd& gradient : {VectorXd(VectorXd::Zero(9)), slope}) {
    first.step(p, gradient);
    second.step(q, gradient);
  }
  CHECK(p.norm() == Approx(2));  // v = |g|^2 / 4
  CHECK(q.norm() == Approx(1));
}

TEST_CASE("with amsgrad NovoGrad's steps do not grow when gradients shrink") {
  VectorXd p = VectorXd::Zero(9);
  Optimizer optimizer(p, NovoGrad{.learning_rate = 1, .beta1 = 0, .epsilon = 0, .amsgrad = true});
  optimizer.step(p, 8 * slope);
  const VectorXd before = p;
  for (int k = 0; k < 10; ++k) optimizer.step(p, VectorXd::Zero(9));
  optimizer.step(p, slope);
  CHECK((p - before).norm() == Approx(1.0 / 8));
}

TEST_CASE("NovoGrad finds the bottom of a valley") {
  const auto fading = CosineDecay{.initial = 0.02, .steps = 600};
  CHECK(test::left_in_valley(NovoGrad{.learning_rate = fading}, 600) < 1e-3);
}

TEST_CASE("NovoGrad says which option is wrong") {
  CHECK(rule_refusal(NovoGrad{}) == "");
  CHECK(rule_refusal(NovoGrad::like_timm()) == "");
  CHECK(rule_refusal(NovoGrad{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(NovoGrad{.beta1 = 1}) == "beta1 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(NovoGrad{.beta2 = 1}) == "beta2 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(NovoGrad{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(NovoGrad{.epsilon_root = -1}) == "epsilon_root is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(NovoGrad{.weight_decay = -1}) == "weight_decay is -1" + test::must_be_non_negative);
}
