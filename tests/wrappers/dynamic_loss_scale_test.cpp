// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>

using namespace descent;
using Eigen::VectorXd;
using test::rule_refusal;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const Sgd plain{.learning_rate = 1};

}  // namespace

TEST_CASE("a loss scale is divided out, falls if the gradient overflows and grows again") {
  VectorXd p = VectorXd::Zero(3);
  const DynamicLossScale scaling{.initial = 8, .growth_interval = 2};
  Optimizer optimizer(p, scaling | plain);
  const auto scale = [&] { return optimizer.rule_state<DynamicLossScale>().scale; };
  CHECK(scale() == 8);
  optimizer.step(p, VectorXd::Constant(3, infinity));
  CHECK(scale() == 4);
  CHECK(optimizer.steps() == 0);
  CHECK(p.isZero(0));
  optimizer.step(p, VectorXd::Constant(3, scale() * 0.5));
  CHECK(p[0] == -0.5);
  optimizer.step(p, VectorXd::Constant(3, scale() * 0.5));
  CHECK(scale() == 8);
  optimizer.step(p, VectorXd::Constant(3, scale() * 0.5));
  CHECK(p[2] == -1.5);
  const std::string scales = ", must be in [1.1754943508222875e-38, 8.507059173023462e+37]";
  CHECK(rule_refusal(DynamicLossScale{.initial = 0}) == "initial is 0" + scales);
  CHECK(rule_refusal(DynamicLossScale{.initial = 1e300}) == "initial is 1e+300" + scales);
  CHECK(rule_refusal(DynamicLossScale{.initial = 1e-300}) == "initial is 1e-300" + scales);
  CHECK(rule_refusal(DynamicLossScale{.growth = 1}) == "growth is 1, must be greater than 1 and finite");
  CHECK(rule_refusal(DynamicLossScale{.backoff = 1}) == "backoff is 1, must be in (0, 1)");
  CHECK(rule_refusal(DynamicLossScale{.growth_interval = 0}) ==
        "growth_interval is 0, must be at least 1 and finite");
  CHECK(rule_refusal(DynamicLossScale{.minimum = 0}) == "minimum is 0" + scales);
  CHECK(rule_refusal(DynamicLossScale{.give_up_after = -1}) ==
        "give_up_after is -1, must be at least 0 and finite");
}

TEST_CASE("a loss scale below its minimum stays where it is") {
  VectorXd p = VectorXd::Zero(2);
  const DynamicLossScale scaling{.initial = 0.25};
  Optimizer optimizer(p, scaling | plain);
  optimizer.step(p, VectorXd::Constant(2, infinity));
  CHECK(optimizer.rule_state<DynamicLossScale>().scale == 0.25);
}

TEST_CASE("a loss scale counts overflows and gives up if they do not end") {
  VectorXd p = VectorXd::Zero(3);
  const VectorXd good = VectorXd::Ones(3), bad = VectorXd::Constant(3, infinity);
  Optimizer optimizer(p, DynamicLossScale{} | plain);
  const auto memory = [&] { return optimizer.rule_state<DynamicLossScale>(); };
  for (int k = 0; k < 12; ++k) optimizer.step(p, bad);
  CHECK(memory().scale == 16);
  optimizer.step(p, good);
  CHECK(memory().overflows_in_a_row == 0);
  for (int k = 0; k < 10; ++k) optimizer.step(p, bad);
  CHECK(memory().scale == 1);
  CHECK(memory().overflows_in_a_row == 10);
  CHECK(memory().overflows == 22);
  CHECK(test::refusal_of<std::runtime_error>([&] { optimizer.step(p, bad); }) ==
        "descent: DynamicLossScale: 3 elements are not finite at step 1 and scale 1, the lowest; 10 tries "
        "before "
        "overflowed in a row");
  CHECK(memory().overflows == 22);
  CHECK(p[0] == -1.0 / 16);
  optimizer.step(p, good);
  CHECK(memory().overflows_in_a_row == 0);
  CHECK(optimizer.steps() == 2);
}

TEST_CASE("a loss scale and a rule that skips steps each do their part") {
  Eigen::VectorXf p = Eigen::VectorXf::Zero(2);
  const DynamicLossScale scaling{.initial = 0.25, .minimum = 0.125};
  Optimizer optimizer(p, scaling | SkipNonFinite{.give_up_after = 2} | plain);
  optimizer.step(p, Eigen::VectorXf::Constant(2, std::numeric_limits<float>::infinity()));
  CHECK(optimizer.rule_state<DynamicLossScale>().scale == 0.125);
  CHECK(optimizer.rule_state<SkipNonFinite>().skipped == 0);
  const Eigen::VectorXf large = Eigen::VectorXf::Constant(2, 2e38F);  // overflows in the division
  for (int k = 0; k < 2; ++k) optimizer.step(p, large);
  CHECK(optimizer.rule_state<SkipNonFinite>().skipped == 2);
  CHECK(optimizer.rule_state<DynamicLossScale>().scale == 0.125);
  CHECK_THROWS_AS(optimizer.step(p, large), std::runtime_error);
  CHECK(p.isZero(0));
  CHECK(optimizer.steps() == 0);
}

TEST_CASE("a loss scale of any legal size is divided out of float") {
  for (const double initial : {0x1p-126, 1e-30, 1.0, 1e30, 0x1p126}) {
    Eigen::VectorXf p = Eigen::VectorXf::Zero(2);
    const DynamicLossScale scaling{.initial = initial, .growth_interval = 1};
    Optimizer optimizer(p, scaling | plain);
    optimizer.step(p, Eigen::VectorXf::Constant(2, static_cast<float>(initial)));
    CHECK(p[0] == Approx(-1));
    const double scale = optimizer.rule_state<DynamicLossScale>().scale;
    CHECK(scale == std::min(2 * initial, 0x1p126));
    optimizer.step(p, Eigen::VectorXf::Constant(2, static_cast<float>(scale)));
    CHECK(p[0] == Approx(-2));
  }
}

TEST_CASE(
    "a loss scale follows its options when they change: overflows never raise it, other steps never lower "
    "it") {
  std::mt19937 random(7);
  const auto any_of = [&](auto... values) {
    const double list[] = {static_cast<double>(values)...};
    return list[random() % sizeof...(values)];
  };
  const auto any_rule = [&] {
    return DynamicLossScale{.initial = any_of(0.25, 8, 65536),
                            .growth = any_of(1.5, 2, 1e300),
                            .backoff = any_of(1e-30, 0.5, 0.9),
                            .growth_interval = static_cast<std::int64_t>(any_of(1, 3, 10)),
                            .minimum = any_of(0x1p-126, 1, 100),
                            .give_up_after = 1000};
  };
  VectorXd p = VectorXd::Zero(2);
  DynamicLossScale rule = any_rule();
  Optimizer optimizer(p, rule | plain);
  double scale = rule.initial;
  std::int64_t good_steps = 0;
  for (int k = 0; k < 3000; ++k) {
    if (random() % 5 == 0) optimizer.set_rule((rule = any_rule()) | plain);
    if (optimizer.rule_state<DynamicLossScale>().scale == 0) scale = rule.initial;
    const bool overflows = random() % 4 == 0;
    optimizer.step(p, VectorXd::Constant(2, overflows ? infinity : scale));
    const double next = optimizer.rule_state<DynamicLossScale>().scale;
    CAPTURE(k, overflows, scale, next);
    good_steps = overflows ? 0 : good_steps + 1;
    if (overflows) {
      REQUIRE(next <= scale);
      REQUIRE(next >= std::min(scale, rule.minimum));
      REQUIRE((next < scale || scale <= rule.minimum));
    } else if (good_steps >= rule.growth_interval) {
      REQUIRE(next == std::min(scale * rule.growth, 0x1p126));
      good_steps = 0;
    } else {
      REQUIRE(next == scale);
    }
    scale = next;
  }
}
