// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adafactor.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/ademamix.hpp>
#include <descent/optimizers/adopt.hpp>
#include <descent/optimizers/apollo.hpp>
#include <descent/optimizers/fromage.hpp>
#include <descent/optimizers/ftrl.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/momo_adam.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/rprop.hpp>
#include <descent/optimizers/schedule_free_radam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/shampoo.hpp>
#include <descent/optimizers/signum.hpp>
#include <descent/optimizers/simplified_ademamix.hpp>
#include <descent/optimizers/soap.hpp>
#include <descent/optimizers/stable_adamw.hpp>
#include <descent/optimizers/yogi.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/wrappers/sam.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

// Unusual gradients and options, with the resulting numbers.

using namespace descent;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXd;
using Eigen::VectorXf;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Down |p|^2 / 2 from 2, with one bad element in the gradient of step 3.
template <class R>
MatrixXd with_one_bad(const R& rule, double bad) {
  MatrixXd p = MatrixXd::Constant(3, 4, 2);
  Optimizer optimizer(p, rule);
  for (int k = 0; k < 200; ++k) {
    MatrixXd gradient = p;
    if (k == 3) gradient(1, 2) = bad;
    optimizer.step(p, gradient);
  }
  return p;
}

/// Steps along gradients of a size.
template <class R>
MatrixXf along(const R& rule, float size) {
  MatrixXf p = MatrixXf::Zero(3, 4);
  test::Numbers<float> numbers(1);
  Optimizer optimizer(p, rule);
  for (int k = 0; k < 12; ++k) optimizer.step(p, (size * numbers.plain_matrix(3, 4)).eval());
  return p;
}

/// A schedule that reaches a bad value at step 3.
Schedule until_step_3(double good, double bad) {
  return [=](std::int64_t step) { return step < 3 ? good : bad; };
}

/// The message of step 3, after three valid steps; it changes nothing.
template <class Scalar = double, class R>
std::string refusal_at_step_3(const R& rule) {
  using Block = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  Block p = Block::Ones(2, 2), gradient = p;
  Optimizer optimizer(p, rule);
  for (int k = 0; k < 3; ++k) optimizer.step(p, gradient);
  const Block before = p;
  const std::string message = test::refusal_of([&] { optimizer.step(p, gradient); });
  CHECK(p == before);
  CHECK(optimizer.steps() == 3);
  return message;
}

template <class Scalar, class R>
std::string refusal_for(const R& rule) {
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> p(3);
  return test::refusal_of([&] { Optimizer(p, rule); });
}

}  // namespace

TEST_CASE("one NaN, or infinity, in the gradient is seen in the parameters") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(with_one_bad(Adafactor::like_optax(), nan).hasNaN());
  CHECK(with_one_bad(Adafactor{}, nan).hasNaN());
  CHECK(with_one_bad(Soap{}, nan).hasNaN());
  CHECK(with_one_bad(Prodigy{}, nan).hasNaN());
  for (const double bad : {nan, infinity, -infinity}) {
    CHECK(std::isnan(with_one_bad(Lion{.learning_rate = 0.1}, bad)(1, 2)));
    CHECK(std::isnan(with_one_bad(Signum{.learning_rate = 0.1}, bad)(1, 2)));
    CHECK(std::isnan(with_one_bad(Adopt{}, bad)(1, 2)));
  }
}

TEST_CASE("Soap and Shampoo in float do not see the size of gradients, from 1e-10 to 1e10") {
  const Soap soap{.learning_rate = 0.1, .epsilon = 0, .refresh_every = 3};
  const Shampoo shampoo{.epsilon = 0};
  for (const float size : {0x1p-33F, 0x1p33F}) {
    CHECK(along(soap, size).isApprox(along(soap, 1), 1e-4F));
    CHECK(along(shampoo, size).isApprox(along(shampoo, 1), 1e-3F));
  }
}

TEST_CASE("Fromage turns by its angle however small a gradient is, as far as float holds the ratio") {
  const VectorXf start = VectorXf::Unit(3, 0), across = VectorXf::Unit(3, 1);
  for (const float size : {1.0F, 1e-20F, 1e-38F, 1e-40F}) {
    VectorXf p = start;
    Optimizer optimizer(p, Fromage{.learning_rate = 1});
    optimizer.step(p, size * across);
    CHECK(p.allFinite());
    if (size > 1e-39F) CHECK(p.isApprox((start - across) / std::sqrt(2.0F), 1e-5F));
  }
}

TEST_CASE("squares that overflow leave a parameter where it is, in every rule with second moments") {
  const auto check = [](const char* name, const auto& rule) {
    INFO(name);
    for (const float size : {1e22F, 1e25F, 1e30F}) {
      CAPTURE(size);
      VectorXf p = VectorXf::LinSpaced(20, 1, 2);
      Optimizer optimizer(p, rule);
      VectorXf gradient = VectorXf::Ones(20);
      gradient[7] = size;
      for (int k = 0; k < 4; ++k) optimizer.step(p, gradient, 2.0);
      CHECK(p.allFinite());
      CHECK(p[7] == VectorXf::LinSpaced(20, 1, 2)[7]);
      CHECK(p[8] != VectorXf::LinSpaced(20, 1, 2)[8]);
      gradient[7] = std::numeric_limits<float>::quiet_NaN();
      optimizer.step(p, gradient, 2.0);
      CHECK(std::isnan(p[7]));
    }
  };
  check("Adam", Adam{});
  check("RmsProp", RmsProp{});
  check("Yogi", Yogi{});
  check("Ftrl", Ftrl{});
  check("StableAdamW", StableAdamW{.weight_decay = 0});
  check("MoMoAdam", MoMoAdam{.min_loss = -1e30});
}

TEST_CASE("Adafactor and Apollo stay finite if squares overflow") {
  for (const float size : {1e19F, 1e20F, 1e25F, 1e30F}) {
    CHECK(along(Adafactor{}, size).allFinite());
    CHECK(along(Adafactor::like_optax(), size).allFinite());
    CHECK(along(Apollo{}, size).allFinite());
  }
}

TEST_CASE("a zero gradient moves nothing, also if epsilon is 0") {
  VectorXd p = VectorXd::LinSpaced(5, -1, 1);
  const VectorXd start = p;
  const auto zero = [](const VectorXd&, VectorXd& gradient) {
    gradient.setZero();
    return 1.0;
  };
  Optimizer sam(p, Sam{.epsilon = 0} | Sgd{});
  Optimizer asam(p, Asam{.epsilon = 0} | Sgd{});
  sam.step(p, zero);
  asam.step(p, zero);
  Optimizer adam(p, Adam{.epsilon = 0});
  adam.step(p, VectorXd::Zero(5));
  CHECK(p == start);
  adam.step(p, VectorXd::Unit(5, 2));
  CHECK((p - start).norm() == std::abs(p[2] - start[2]));
  CHECK(p[2] != start[2]);
}

TEST_CASE("with epsilon 0, the update of a gradient whose square is not a float fades to 0") {
  const auto moved = [](const auto& rule, float size) {
    VectorXf p = VectorXf::Zero(20);
    Optimizer optimizer(p, rule);
    for (int k = 0; k < 3; ++k) optimizer.step(p, VectorXf::Constant(20, size));
    CHECK(p.allFinite());
    return std::abs(p[7]);
  };
  const auto check = [&](const auto& rule) {
    const float usual = moved(rule, 1.0F);
    CHECK(moved(rule, 1e-12F) == Approx(usual));
    for (const float size : {1e-20F, 1e-23F, 1e-30F, 1e-40F}) CHECK(moved(rule, size) < 0.5F * usual);
    CHECK(moved(rule, 1e-30F) < 1e-8F * usual);
    CHECK(moved(rule, 0.0F) == 0);
  };
  check(Adam{.epsilon = 0});
  check(Adam{.epsilon = 0, .amsgrad = true});
  check(RmsProp{.epsilon = 0});
  check(descent::Adagrad{.epsilon = 0});
}

TEST_CASE("Sam with epsilon 0 and a gradient that float hardly holds") {
  VectorXf p = VectorXf::Ones(3);
  Optimizer optimizer(p, Sam{.epsilon = 0} | Sgd{});
  const auto tiny = [](const VectorXf& at, VectorXf& gradient) {
    CHECK(at.allFinite());
    gradient << 1e-44F, 0, 0;
    return 1.0;
  };
  optimizer.step(p, tiny);
  CHECK(p.allFinite());
}

TEST_CASE("Rprop moves if its rate begins at 0") {
  VectorXd p = VectorXd::Ones(3), expected = p;
  const auto rises = [](std::int64_t step) {
    return 0.01 * static_cast<double>(std::min<std::int64_t>(step, 5));
  };
  Optimizer optimizer(p, Rprop{.learning_rate = rises, .eta_plus = 1.5, .max_step = 0.02});
  optimizer.step(p, VectorXd::Ones(3));
  CHECK(p == expected);  // at rate 0
  optimizer.step(p, VectorXd::Ones(3));
  CHECK(p.isApprox(VectorXd::Constant(3, 1 - 0.015)));  // the first step size is the first rate, 0.01
  optimizer.step(p, VectorXd::Ones(3));
  CHECK(p.isApprox(VectorXd::Constant(3, 1 - 0.015 - 0.02 * 2)));

  p.setOnes();
  Optimizer resting(p, Rprop{.learning_rate = 0});
  resting.step(p, VectorXd::Ones(3));
  CHECK(p == expected);
}

TEST_CASE("what a recipe makes of its options hides no bad value that they come to") {
  for (const AdafactorDecay form :
       {AdafactorDecay::learning_rate, AdafactorDecay::step_size, AdafactorDecay::fixed})
    CHECK(refusal_at_step_3(Adafactor{.learning_rate = until_step_3(0.1, infinity), .decay_form = form}) ==
          "descent: Adafactor: learning_rate at step 3 is inf, must be at least 0 and finite");
  CHECK(refusal_at_step_3(AdEMAMix{.beta3 = until_step_3(0.99, 1.5), .beta3_warmup = 20}) ==
        "descent: AdEMAMix: beta3 at step 3 is 1.5, must be in [0, 1)");
  CHECK(refusal_at_step_3(AdEMAMix{.beta1 = until_step_3(0.9, 0), .beta3_warmup = 20}) ==
        "descent: AdEMAMix: beta3 at step 3 is nan, must be in [0, 1)");
  CHECK(refusal_at_step_3(SimplifiedAdEMAMix{.beta1 = until_step_3(0.99, 1.5), .beta1_warmup = 20}) ==
        "descent: SimplifiedAdEMAMix: beta1 at step 3 is 1.5, must be in [0, 1)");
  CHECK(refusal_at_step_3(ScheduleFreeRAdam{.learning_rate = until_step_3(0.1, -1)}) ==
        "descent: ScheduleFreeRAdam: learning_rate at step 3 is -1, must be at least 0 and finite");
  const RmsProp decaying{.learning_rate = until_step_3(0.1, 0),
                         .momentum = 0.5,
                         .weight_decay = until_step_3(0.1, -1),
                         .weight_decay_form = WeightDecayForm::decoupled,
                         .rate_in_momentum = true};
  CHECK(refusal_at_step_3(decaying) ==
        "descent: RmsProp: weight_decay at step 3 is -1, must be at least 0 and finite");
}

TEST_CASE("options that float cannot hold are refused for parameters of float") {
  const std::string largest = ", must be at most 3.4e+38 in size for parameters of float";
  CHECK(refusal_for<float>(Sgd{.learning_rate = 1e39}) == "descent: Sgd: learning_rate is 1e+39" + largest);
  CHECK(refusal_for<Eigen::half>(Sgd{.learning_rate = 1e39}) ==
        "descent: Sgd: learning_rate is 1e+39" + largest);
  CHECK(refusal_for<float>(Adam{.epsilon = 1e39}) == "descent: Adam: epsilon is 1e+39" + largest);
  CHECK(refusal_for<double>(Sgd{.learning_rate = 1e39}) == "");
  CHECK(refusal_for<float>(Sgd{.learning_rate = 3e38}) == "");
  CHECK(refusal_at_step_3<float>(Sgd{.learning_rate = until_step_3(0.1, 1e39)}) ==
        "descent: Sgd: learning_rate at step 3 is 1e+39" + largest);

  VectorXf p = VectorXf::Ones(3);
  Optimizer optimizer(p, Sgd{.learning_rate = 0.125});
  CHECK(test::refusal_of([&] { optimizer.set_learning_rate_factor(8e39); }) ==
        "descent: Sgd: learning_rate times its factor 8e+39 is 1e+39" + largest);
  optimizer.step(p, VectorXf::Ones(3));
  CHECK(p.isApprox(VectorXf::Constant(3, 0.875F)));
}
