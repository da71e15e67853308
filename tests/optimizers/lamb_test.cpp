// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/lamb.hpp>
#include <descent/schedules/cosine_decay.hpp>

#include <cmath>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

TEST_CASE("each step of Lamb has the rate times the block's length") {
  VectorXd p = start;
  Optimizer optimizer(p, Lamb{.learning_rate = 0.1, .weight_decay = 0.01});
  for (int k = 0; k < 5; ++k) {
    const VectorXd before = p;
    optimizer.step(p, slope.cwiseProduct(VectorXd::LinSpaced(9, -1, k)));
    CHECK((p - before).norm() == Approx(0.1 * before.norm()).epsilon(1e-12));
  }
}

TEST_CASE("parameters and steps of Lamb scale together, whatever the gradient's size") {
  const Lamb rule{.learning_rate = 0.1, .epsilon = 0};
  const VectorXd plain = after(rule, start, slope, 3);
  CHECK(after(rule, start, 1024 * slope, 3).isApprox(plain, 1e-14));
  CHECK(after(rule, 64 * start, slope, 3).isApprox(64 * plain, 1e-14));
}

TEST_CASE("a block of zeros leaves 0 with Adam's step, and a gradient of zeros changes nothing") {
  const Lamb rule{.learning_rate = 0.1, .epsilon = 0};
  const VectorXd zeros = VectorXd::Zero(9);
  CHECK(after(rule, zeros, slope).isApprox(-0.1 * VectorXd(slope.array().sign()), 1e-14));
  CHECK(after(Lamb{.learning_rate = 0.1}, start, zeros, 3) == start);
  CHECK(after(Lamb{.learning_rate = 0.1}, VectorXd(0), VectorXd(0), 3).size() == 0);
}

TEST_CASE("Lamb without decay and with adapt_only_decayed is Adam") {
  const Lamb rule{.learning_rate = 0.1, .adapt_only_decayed = true};
  const auto adam = ScaleByAdam{.epsilon = 1e-6} | ScaleByLearningRate{0.1};
  CHECK(after(rule, start, slope, 3) == after(adam, start, slope, 3));
}

TEST_CASE("with clip_ratio no block moves further than Adam would") {
  const Lamb rule{.learning_rate = 0.1, .epsilon = 0, .clip_ratio = true};
  const VectorXd large = 1e3 * start;
  CHECK((after(rule, large, slope) - large).isApprox(-0.1 * VectorXd(slope.array().sign()), 1e-12));
}

TEST_CASE("decoupled decay of Lamb shrinks first, also with a rate of 0 or without slope") {
  Lamb rule{.learning_rate = 0.5, .weight_decay = 0.25, .decoupled_decay = true};
  CHECK(after(rule, VectorXd::Ones(4), VectorXd::Zero(4)) == VectorXd::Constant(4, 1 - 0.5 * 0.25));
  const VectorXd moved = after(rule, start, slope) - (1 - 0.5 * 0.25) * start;
  CHECK(moved.norm() == Approx(0.5 * (1 - 0.5 * 0.25) * start.norm()).epsilon(1e-12));
  rule.learning_rate = 0;
  CHECK(after(rule, start, slope, 2) == start);
}

TEST_CASE("Lamb finds the bottom of a valley") {
  const auto fading = CosineDecay{.initial = 0.1, .steps = 400};
  CHECK(test::left_in_valley(Lamb{.learning_rate = fading}, 400) < 1e-4);
}

TEST_CASE("Lamb says which option is wrong") {
  CHECK(rule_refusal(Lamb{}) == "");
  CHECK(rule_refusal(Lamb::like_timm()) == "");
  CHECK(rule_refusal(Lamb::like_keras()) == "");
  CHECK(rule_refusal(Lamb{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lamb{.learning_rate = -1, .decoupled_decay = true}) ==
        "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lamb{.beta1 = 1}) == "beta1 is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(Lamb{.beta2 = -1}) == "beta2 is -1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(Lamb{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lamb{.epsilon_root = -1}) == "epsilon_root is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lamb{.weight_decay = -1}) == "weight_decay is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lamb{.max_gradient_norm = 0}) == "max_gradient_norm is 0, must be greater than 0");
  CHECK(rule_refusal(Lamb{.max_gradient_norm = std::nan("")}) ==
        "max_gradient_norm is nan, must be greater than 0");
}
