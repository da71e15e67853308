// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/optimizers/fromage.hpp>
#include <descent/schedules/cosine_decay.hpp>

#include <cmath>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

TEST_CASE("a gradient across the parameters turns them by a fixed angle and keeps their length") {
  const VectorXd across = slope - start * (start.dot(slope) / start.squaredNorm());
  const VectorXd turned = after(Fromage{.learning_rate = 0.5}, start, across);
  CHECK(turned.norm() == Approx(start.norm()).epsilon(1e-14));
  CHECK(turned.dot(start) / start.squaredNorm() == Approx(1 / std::sqrt(1.25)).epsilon(1e-14));
}

TEST_CASE("Fromage does not see the gradient's scale, and scales with the parameters") {
  const Fromage rule{.learning_rate = 0.1};
  const VectorXd plain = after(rule, start, slope, 3);
  CHECK(after(rule, start, 1024 * slope, 3).isApprox(plain, 1e-14));
  CHECK(after(rule, 64 * start, slope, 3).isApprox(64 * plain, 1e-14));
}

TEST_CASE("Fromage takes a plain step if a norm is 0") {
  const double shrink = 1 / std::sqrt(1.25);
  CHECK(
      after(Fromage{.learning_rate = 0.5}, VectorXd::Zero(9), slope).isApprox(-0.5 * shrink * slope, 1e-15));
  CHECK(after(Fromage{.learning_rate = 0.5}, start, VectorXd::Zero(9)).isApprox(shrink * start, 1e-15));
  CHECK(after(Fromage{}, VectorXd(0), VectorXd(0), 3).size() == 0);
  CHECK(after(Fromage{.norm_bound = 2}, VectorXd::Zero(9), VectorXd::Zero(9), 3) == VectorXd::Zero(9));
}

TEST_CASE("no block of Fromage outgrows its bound") {
  VectorXd p = start;
  Optimizer optimizer(p, Fromage{.learning_rate = 0.3, .norm_bound = 0.9});
  for (int k = 0; k < 20; ++k) {
    optimizer.step(p, -p + 0.1 * slope);
    CHECK(p.norm() < 0.9 * start.norm() * (1 + 1e-14));
  }
  CHECK(p.norm() == Approx(0.9 * start.norm()));
  optimizer.reset();  // the bound is that of the current parameters
  optimizer.step(p, slope);
  CHECK(p.norm() < 0.9 * 0.9 * start.norm() * (1 + 1e-14));
}

TEST_CASE("Fromage finds the bottom of a valley") {
  const auto fading = CosineDecay{.initial = 0.1, .steps = 600};
  CHECK(test::left_in_valley(Fromage{.learning_rate = fading}, 600) < 1e-3);
}

TEST_CASE("Fromage says which option is wrong") {
  CHECK(rule_refusal(Fromage{}) == "");
  CHECK(rule_refusal(Fromage::like_optax()) == "");
  CHECK(rule_refusal(Fromage{.learning_rate = -1}) == "learning_rate is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Fromage{.min_norm = -1}) == "min_norm is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(Fromage{.norm_bound = 0}) == "norm_bound is 0, must be greater than 0");
}
