// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/sophia.hpp>
#include <descent/training/problem/gradient_accumulator.hpp>
#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/lookahead.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/sam.hpp>
#include <descent/wrappers/skip_non_finite.hpp>
#include <descent/wrappers/swa.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>

// Wrappers of rules: slow parameters, averages, steps that are skipped, scaled or evaluated elsewhere.

using namespace descent;
using Eigen::Vector2d;
using Eigen::VectorXd;
using test::difference;
using test::refusal_of;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const Sgd plain{.learning_rate = 1};

template <class R>
std::string refusal_of_rule(const R& rule) {
  VectorXd p(2);
  return refusal_of([&] { Optimizer optimizer(p, rule | plain); });
}

}  // namespace

TEST_CASE("Lookahead pulls back every few steps, from where the first step began") {
  VectorXd p = VectorXd::Constant(3, 10);
  Optimizer optimizer(p, plain | Lookahead{.every = 2, .slow_step_size = 0.25});
  const VectorXd one = VectorXd::Ones(3);
  optimizer.step(p, one);
  CHECK(p[2] == 9);
  optimizer.step(p, one);  // fast at 8
  CHECK(p[2] == 10 - 0.25 * 2);
  optimizer.step(p, one);
  optimizer.step(p, one);
  CHECK(p[2] == 9.5 - 0.25 * 2);
  CHECK(refusal_of_rule(Lookahead{.every = 0}) ==
        "descent: Lookahead: every is 0, must be at least 1 and finite");
  CHECK(refusal_of_rule(Lookahead{.slow_step_size = 1.5}) ==
        "descent: Lookahead: slow_step_size is 1.5, must be in [0, 1]");
}

TEST_CASE("Lookahead gives its slow parameters as the point of evaluation") {
  Eigen::VectorXd p = Eigen::VectorXd::Constant(3, 4);
  const Eigen::VectorXd gradient = Eigen::VectorXd::Ones(3);
  descent::Optimizer optimizer(p, descent::Sgd{.learning_rate = 1} | descent::Lookahead{.every = 3});
  CHECK(optimizer.evaluation_point(p) == p);
  for (int step = 0; step < 2; ++step) optimizer.step(p, gradient);
  CHECK(p == Eigen::VectorXd::Constant(3, 2));
  CHECK(optimizer.evaluation_point(p) == Eigen::VectorXd::Constant(3, 4));
  optimizer.step(p, gradient);  // from 4 half way to 1
  CHECK(p == Eigen::VectorXd::Constant(3, 2.5));
  CHECK(optimizer.evaluation_point(p) == p);
}

TEST_CASE("Ema and Swa leave the parameters alone and give their average as the point of evaluation") {
  VectorXd p = VectorXd::Constant(2, 4), q = p;
  Optimizer averaged(p, plain | Ema{.decay = 0.5});
  Optimizer equal(q, plain | Swa{.start = 1});
  CHECK(averaged.evaluation_point(p) == p);  // before the first step
  const VectorXd one = VectorXd::Ones(2);
  for (int k = 0; k < 3; ++k) {
    averaged.step(p, one);
    equal.step(q, one);
  }
  CHECK(p[0] == 1);  // 3, 2, 1 after the steps
  CHECK(averaged.evaluation_point(p)[0] == 0.5 * (0.5 * (3 + 2)) + 0.5 * 1);
  CHECK(equal.evaluation_point(q)[1] == 1.5);
  CHECK(equal.memory<Swa>().updates == 2);
  Optimizer none(p, plain);
  CHECK(none.evaluation_point(p) == p);
  CHECK(refusal_of([&] { averaged.evaluation_point(VectorXd(3)); }) ==
        "descent: Sgd: block 'parameters' is 3x1, but was 2x1 when the optimizer was made");
}

TEST_CASE("the options of averages are checked") {
  CHECK(refusal_of_rule(Ema{.decay = 1.5}) == "descent: Ema: decay is 1.5, must be in [0, 1]");
  CHECK(refusal_of_rule(Ema{.start = -1}) == "descent: Ema: start is -1, must be at least 0 and finite");
  CHECK(refusal_of_rule(Ema{.every = 0}) == "descent: Ema: every is 0, must be at least 1 and finite");
  CHECK(refusal_of_rule(Ema{.copies = 0}) == "descent: Ema: copies is 0, must be at least 1 and finite");
  CHECK(refusal_of_rule(Ema{.warmup_power = -1}) ==
        "descent: Ema: warmup_power is -1, must be at least 0 and finite");
  CHECK(refusal_of_rule(Ema{.warmup_gamma = 0}) ==
        "descent: Ema: warmup_gamma is 0, must be greater than 0 and finite");
  CHECK(refusal_of_rule(Ema{.min_decay = 2}) == "descent: Ema: min_decay is 2, must be in [0, 1]");
  CHECK(refusal_of_rule(Swa{.start = -1}) == "descent: Swa: start is -1, must be at least 0 and finite");
  CHECK(refusal_of_rule(Swa{.every = 0}) == "descent: Swa: every is 0, must be at least 1 and finite");
}

TEST_CASE("a step with NaN or infinity is skipped and counted; after too many in a row it throws") {
  VectorXd p = VectorXd::Ones(40);
  Optimizer optimizer(p, SkipNonFinite{.give_up_after = 2} | Adam{.learning_rate = 0.1});
  VectorXd good = VectorXd::Ones(40), bad = good;
  bad[37] = infinity;
  optimizer.step(p, good);
  const VectorXd before = p;
  optimizer.step(p, bad);
  bad[3] = std::numeric_limits<double>::quiet_NaN();
  optimizer.step(p, bad);
  CHECK(difference(p, before) == "");
  CHECK(optimizer.steps() == 1);
  CHECK(optimizer.memory<SkipNonFinite>().skipped == 2);
  std::string message;
  try {
    optimizer.step(p, bad);
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  CHECK(message ==
        "descent: SkipNonFinite: 2 of 40 elements are not finite, or their squares are not, at step 1, and 2 "
        "tries "
        "before were skipped");
  CHECK(difference(p, before) == "");
  CHECK(optimizer.memory<SkipNonFinite>().skipped_in_a_row == 2);
  optimizer.step(p, good);
  CHECK(optimizer.steps() == 2);
  CHECK(optimizer.memory<SkipNonFinite>().skipped_in_a_row == 0);
  CHECK(optimizer.memory<SkipNonFinite>().skipped == 2);
  CHECK(refusal_of_rule(SkipNonFinite{.give_up_after = -1}) ==
        "descent: SkipNonFinite: give_up_after is -1, must be at least 0 and finite");
}

TEST_CASE("a gradient whose squares overflow is skipped, since second moments would stay infinite") {
  Eigen::VectorXf p = Eigen::VectorXf::Ones(40);
  Optimizer optimizer(p, SkipNonFinite{} | Adam{.learning_rate = 0.1});
  Eigen::VectorXf gradient = p;
  for (const float size : {2e19F, -1e25F, 3e38F}) {
    gradient[5] = size;
    optimizer.step(p, gradient);
  }
  CHECK(optimizer.steps() == 0);
  CHECK(p == Eigen::VectorXf::Ones(40));
  gradient[5] = 1.8e19F;
  optimizer.step(p, gradient);
  CHECK(optimizer.steps() == 1);
}

TEST_CASE("a loss scale is divided out, falls where the gradient overflows and grows again") {
  VectorXd p = VectorXd::Zero(3);
  const DynamicLossScale scaling{.initial = 8, .growth_interval = 2};
  Optimizer optimizer(p, scaling | plain);
  const auto scale = [&] { return optimizer.memory<DynamicLossScale>().scale_or(scaling); };
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
  CHECK(refusal_of_rule(DynamicLossScale{.initial = 0}) ==
        "descent: DynamicLossScale: initial is 0" + scales);
  CHECK(refusal_of_rule(DynamicLossScale{.initial = 1e300}) ==
        "descent: DynamicLossScale: initial is 1e+300" + scales);
  CHECK(refusal_of_rule(DynamicLossScale{.initial = 1e-300}) ==
        "descent: DynamicLossScale: initial is 1e-300" + scales);
  CHECK(refusal_of_rule(DynamicLossScale{.growth = 1}) ==
        "descent: DynamicLossScale: growth is 1, must be greater than 1 and finite");
  CHECK(refusal_of_rule(DynamicLossScale{.backoff = 1}) ==
        "descent: DynamicLossScale: backoff is 1, must be in (0, 1)");
  CHECK(refusal_of_rule(DynamicLossScale{.growth_interval = 0}) ==
        "descent: DynamicLossScale: growth_interval is 0, must be at least 1 and finite");
  CHECK(refusal_of_rule(DynamicLossScale{.minimum = 0}) ==
        "descent: DynamicLossScale: minimum is 0" + scales);
  CHECK(refusal_of_rule(DynamicLossScale{.give_up_after = -1}) ==
        "descent: DynamicLossScale: give_up_after is -1, must be at least 0 and finite");
}

TEST_CASE("a loss scale below its minimum stays where it is") {
  VectorXd p = VectorXd::Zero(2);
  const DynamicLossScale scaling{.initial = 0.25};
  Optimizer optimizer(p, scaling | plain);
  optimizer.step(p, VectorXd::Constant(2, infinity));
  CHECK(optimizer.memory<DynamicLossScale>().scale == 0.25);
}

TEST_CASE("a loss scale counts overflows and gives up if they do not end") {
  VectorXd p = VectorXd::Zero(3);
  const VectorXd good = VectorXd::Ones(3), bad = VectorXd::Constant(3, infinity);
  Optimizer optimizer(p, DynamicLossScale{} | plain);
  const auto memory = [&] { return optimizer.memory<DynamicLossScale>(); };
  for (int k = 0; k < 12; ++k) optimizer.step(p, bad);
  CHECK(memory().scale == 16);
  optimizer.step(p, good);
  CHECK(memory().overflows_in_a_row == 0);
  for (int k = 0; k < 10; ++k) optimizer.step(p, bad);
  CHECK(memory().scale == 1);
  CHECK(memory().overflows_in_a_row == 10);
  CHECK(memory().overflows == 22);
  std::string message;
  try {
    optimizer.step(p, bad);
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  CHECK(message ==
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
  CHECK(optimizer.memory<DynamicLossScale>().scale == 0.125);
  CHECK(optimizer.memory<SkipNonFinite>().skipped == 0);
  const Eigen::VectorXf large = Eigen::VectorXf::Constant(2, 2e38F);  // overflows in the division
  for (int k = 0; k < 2; ++k) optimizer.step(p, large);
  CHECK(optimizer.memory<SkipNonFinite>().skipped == 2);
  CHECK(optimizer.memory<DynamicLossScale>().scale == 0.125);
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
    const double scale = optimizer.memory<DynamicLossScale>().scale_or(scaling);
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
    if (optimizer.memory<DynamicLossScale>().scale == 0) scale = rule.initial;
    const bool overflows = random() % 4 == 0;
    optimizer.step(p, VectorXd::Constant(2, overflows ? infinity : scale));
    const double next = optimizer.memory<DynamicLossScale>().scale;
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

TEST_CASE("Sam steps along the gradient of a point nearby, and an objective that throws changes nothing") {
  Vector2d p(3, 4);
  Optimizer optimizer(p, Sam{.radius = 1} | Sgd{.learning_rate = 0.5});
  int evaluations = 0;
  const auto objective = [&](const Vector2d& x, Vector2d& gradient) {
    if (++evaluations == 4) throw std::runtime_error("no");
    gradient = x;
    return 0.5 * x.squaredNorm();
  };
  CHECK(optimizer.step(p, objective) == 12.5);
  CHECK(p[0] == Approx(3 - 0.5 * (3 + 0.6)));
  const Vector2d before = p;
  CHECK_THROWS_AS(optimizer.step(p, objective), std::runtime_error);  // in its second evaluation
  CHECK(difference(p, before) == "");
  CHECK(optimizer.steps() == 1);
  Vector2d q(3, 4);
  Optimizer adaptive(q, Asam{.radius = 1} | Sgd{.learning_rate = 0.5});
  adaptive.step(q, [](const Vector2d& x, Vector2d& gradient) {
    gradient = x;
    return 0.5 * x.squaredNorm();
  });
  CHECK(q[1] == Approx(4 - 0.5 * (4 + 64 / std::sqrt(81.0 + 256.0))));
  CHECK(refusal_of([&] { Optimizer wrong(p, Sam{.radius = -1} | plain); }) ==
        "descent: Sam: radius is -1, must be at least 0 and finite");
  CHECK(refusal_of([&] { Optimizer wrong(p, Asam{.epsilon = -1} | plain); }) ==
        "descent: Asam: epsilon is -1, must be at least 0 and finite");
}

TEST_CASE("Sophia takes in the Hessian's diagonal when it is handed in, and bounds each element's step") {
  VectorXd p = VectorXd::Zero(3);
  Optimizer optimizer(p, Sophia{.learning_rate = 1, .beta1 = 0, .beta2 = 0, .clip_threshold = 0.5});
  optimizer.observe_hessian(VectorXd{{4.0, 100.0, 0.0}});
  optimizer.step(p, VectorXd{{1.0, 1.0, 1.0}});
  CHECK(p[0] == -0.25);
  CHECK(p[1] == Approx(-0.01));
  CHECK(p[2] == -0.5);
  CHECK(refusal_of([&] { optimizer.observe_hessian(VectorXd(2)); }) ==
        "descent: Sophia: block 'parameters' is 2x1, but was 3x1 when the optimizer was made");
  VectorXd q = VectorXd::Constant(20, 5);
  const VectorXd curvature = VectorXd::LinSpaced(20, 1, 1000);
  Optimizer newton(q, Sophia{.learning_rate = 0.1, .clip_threshold = 1});
  for (int k = 0; k < 300; ++k) {
    if (k % 10 == 0) newton.observe_hessian(curvature);
    newton.step(q, curvature.cwiseProduct(q));
  }
  CHECK(q.norm() < 0.2);
  CHECK(refusal_of([&] { Optimizer wrong(p, Sophia{.epsilon = 0}); }) ==
        "descent: Sophia: epsilon is 0, must be greater than 0 and finite");
  CHECK(refusal_of([&] { Optimizer wrong(p, Sophia{.clip_threshold = 0}); }) ==
        "descent: Sophia: clip_threshold is 0, must be greater than 0 and finite");
  CHECK(refusal_of([&] { Optimizer wrong(p, Sophia{.gamma = -1}); }) ==
        "descent: Sophia: gamma is -1, must be greater than 0 and finite");
}

TEST_CASE("an accumulator makes one gradient of several, and refuses another shape") {
  const std::tuple<VectorXd, Vector2d> model(VectorXd::Zero(3), Vector2d::Zero());
  GradientAccumulator mean(model, {.every = 2});
  GradientAccumulator sum(model,
                          {.every = [](std::int64_t made) { return made == 0 ? 1.0 : 2.0; }, .mean = false});
  const std::tuple<VectorXd, Vector2d> one(VectorXd::Ones(3), Vector2d(1, 2)),
      three(VectorXd::Constant(3, 3), Vector2d(3, 2));
  CHECK_FALSE(mean.add(one));
  CHECK(mean.count() == 1);
  CHECK(mean.add(three));
  CHECK(std::get<0>(mean.gradient())[2] == 2);
  CHECK(std::get<1>(mean.gradient())[0] == 2);
  CHECK_FALSE(mean.add(three));
  mean.clear();
  CHECK_FALSE(mean.add(one));
  CHECK(sum.add(one));
  CHECK_FALSE(sum.add(one));
  CHECK(sum.add(three));
  CHECK(std::get<0>(sum.gradient())[0] == 4);
  CHECK(refusal_of([&] { mean.add(std::tuple<VectorXd, Vector2d>(VectorXd::Ones(4), Vector2d(1, 2))); }) ==
        "descent: GradientAccumulator: block '[0]' of the gradient has another shape than the parameters");
  CHECK(mean.count() == 1);
  CHECK(refusal_of([&] { GradientAccumulator wrong(model, {.every = 0.5}); }) ==
        "descent: GradientAccumulator: every is 0.5, must be at least 1");
}
