// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/lars.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

TEST_CASE("the first step of Lars has coefficient times rate times the block's length") {
  const Lars rule{.learning_rate = 2, .coefficient = 0.05, .epsilon = 0};
  CHECK((after(rule, start, slope) - start).norm() == Approx(2 * 0.05 * start.norm()).epsilon(1e-14));
  CHECK(after(rule, start, 1024 * slope, 3).isApprox(after(rule, start, slope, 3), 1e-14));
  CHECK(after(rule, 64 * start, slope, 3).isApprox(64 * after(rule, start, slope, 3), 1e-14));
}

TEST_CASE("Lars takes a plain step if a norm is 0") {
  const Lars rule{.learning_rate = 0.5, .coefficient = 0.05};
  CHECK(after(rule, VectorXd::Zero(9), slope) == -0.5 * slope);
  CHECK(after(rule, start, VectorXd::Zero(9), 3) == start);
  CHECK(after(rule, VectorXd(0), VectorXd(0)).size() == 0);
}

TEST_CASE("Lars without decay and with adapt_only_decayed is Sgd") {
  CHECK(after(Lars{.learning_rate = 0.1, .adapt_only_decayed = true}, start, slope, 3) ==
        after(Sgd{.learning_rate = 0.1, .momentum = 0.9}, start, slope, 3));
}

TEST_CASE("with clip_ratio a block's rate is never above the rate, and is the ratio below it") {
  Lars rule{.learning_rate = 0.25, .momentum = 0.0, .coefficient = 1, .epsilon = 0, .clip_ratio = true};
  const VectorXd small = 1e-3 * slope;
  CHECK(after(rule, start, small).isApprox(start - 0.25 * small, 1e-15));
  rule.coefficient = 1e-6;
  CHECK((after(rule, start, slope) - start).norm() == Approx(1e-6 * start.norm()).epsilon(1e-9));
  rule.learning_rate = 0;
  CHECK(after(rule, start, slope, 2) == start);
}

TEST_CASE("without decay Lars steps alike with either form of the ratio") {
  Lars rule{.learning_rate = 1, .coefficient = 0.05};
  const VectorXd plain = after(rule, start, slope, 4);
  rule.ratio_of_sum = true;
  CHECK(after(rule, start, slope, 4).isApprox(plain, 1e-15));
  rule.rate_in_momentum = true;
  CHECK(after(rule, start, slope, 4).isApprox(plain, 1e-15));
}

TEST_CASE("Lars finds the bottom of a valley") {
  const auto fading = CosineDecay{.initial = 1, .steps = 600};
  CHECK(test::left_in_valley(Lars{.learning_rate = fading, .momentum = 0.5, .coefficient = 0.1}, 600) < 1e-3);
}

TEST_CASE("Lars says which option is wrong") {
  CHECK(rule_refusal(Lars{}) == "");
  CHECK(rule_refusal(Lars::like_optax()) == "");
  CHECK(rule_refusal(Lars::like_timm()) == "");
  CHECK(rule_refusal(Lars{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lars{.momentum = 1}) == "momentum is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(Lars{.weight_decay = -1}) == "weight_decay is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lars{.weight_decay = -1, .ratio_of_sum = true}) ==
        "weight_decay is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lars{.coefficient = 0}) == "coefficient is 0" + test::must_be_positive);
  CHECK(rule_refusal(Lars{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Lars{.dampening = 1}) == "dampening is 1" + test::must_be_a_decay_rate);
  CHECK(rule_refusal(Lars{.momentum = 0, .nesterov = true}) == "nesterov needs a momentum greater than 0");
  CHECK(rule_refusal(Lars{.nesterov = true, .dampening = 0.5}) ==
        "nesterov and dampening exclude each other; set dampening to 0");
  CHECK(rule_refusal(Lars{.clip_ratio = true, .ratio_of_sum = true}) ==
        "clip_ratio and ratio_of_sum exclude each other");
}
