// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/adapt/divergence_guard.hpp>
#include <descent/training/problem/mini_batches.hpp>
#include <descent/training/problem/samples.hpp>

#include "support/catch.hpp"
#include "training/digits.hpp"
#include "training/support.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

using namespace descent;
using namespace training_test;
using Eigen::VectorXd;

TEST_CASE("divergence guard: goes back to the last good parameters, state and all, with a lower rate") {
  VectorXd x = VectorXd::Zero(1);
  const VectorXd g = VectorXd::Ones(1);
  Optimizer optimizer(x, Sgd{.learning_rate = 1, .momentum = 0.5});
  DivergenceGuard guard(x, optimizer, {.cut = 0.25, .keep_every = 2});
  CHECK(guard.step(optimizer, x, g, 1));  // kept at 0, then -1
  CHECK(guard.step(optimizer, x, g, 1));  // -2.5
  CHECK(guard.step(optimizer, x, g, 1));  // kept at -2.5, then -4.25
  const VectorXd good = VectorXd::Constant(1, -2.5);
  CHECK_FALSE(guard.step(optimizer, x, g, std::nan("")));
  CHECK(x == good);
  CHECK(optimizer.steps() == 2);
  CHECK(optimizer.learning_rate() == 0.25);
  CHECK(guard.rollbacks() == 1);
  CHECK(guard.step(optimizer, x, g, 1));  // the buffer was 1.5, is 1.75
  CHECK(x[0] == -2.5 - 0.25 * 1.75);
  VectorXd bad = g;
  bad[0] = HUGE_VAL;
  CHECK_FALSE(guard.step(optimizer, x, bad, 1));
  CHECK(guard.learning_rate_factor() == 0.0625);
  CHECK(optimizer.learning_rate() == 0.0625);
}

TEST_CASE("divergence guard: a loss far above the last ones and above the first is lost") {
  VectorXd x = VectorXd::Zero(1);
  const VectorXd g = VectorXd::Ones(1);
  Optimizer optimizer(x, Sgd{.learning_rate = 0.1});
  DivergenceGuard guard(x, optimizer, {.tolerance = 3, .memory = 5});
  CHECK(guard.step(optimizer, x, g, 4));
  CHECK(guard.step(optimizer, x, g, 11));  // not 3 times the mean
  for (int k = 0; k < 60; ++k) CHECK(guard.step(optimizer, x, g, 1));
  CHECK(guard.step(optimizer, x, g, 3.9));  // a spike, but no higher than the first loss
  CHECK_FALSE(guard.step(optimizer, x, g, 5));
}

TEST_CASE("divergence guard: gives up in the end, with good parameters") {
  VectorXd x = VectorXd::Zero(1);
  const VectorXd g = VectorXd::Ones(1);
  Optimizer optimizer(x, Sgd{.learning_rate = 1});
  DivergenceGuard guard(x, optimizer, {.max_rollbacks = 2});
  for (int k = 0; k < 3; ++k) {
    CHECK_FALSE(guard.gave_up());
    guard.step(optimizer, x, g, 1);
    CHECK_FALSE(guard.step(optimizer, x, g, std::nan("")));
  }
  CHECK(guard.gave_up());
  CHECK(guard.rollbacks() == 2);
  CHECK(x[0] == 0);
  CHECK_FALSE(guard.step(optimizer, x, g, 1));
  CHECK(x[0] == 0);
}

TEST_CASE("divergence guard: a loss that climbs slowly is lost, and its parameters are not kept") {
  // f = x^2 / 2: with a learning rate of 2.01 the loss grows by 2 % at each step.
  VectorXd x = VectorXd::Constant(1, std::sqrt(2 * 1.95));
  Optimizer optimizer(x, Sgd{.learning_rate = 2.01});
  DivergenceGuard guard(x, optimizer);
  for (int k = 0; k < 1000; ++k) guard.step(optimizer, x, VectorXd(x), 0.5 * x.squaredNorm());
  CHECK(guard.rollbacks() == 1);
  CHECK(std::abs(x[0]) < 1e-9);
}

namespace {

/// Losses along a line, with noise: they fall from 1.95 to 0.5, and beyond 400 they rise by 3 % per step up
/// to 65.
class Cliff {
 public:
  explicit Cliff(double shift, std::uint64_t seed) : shift_(shift), random_(seed) {}

  double true_loss(double place) const {
    return shift_ + (place < 400 ? 0.5 + 1.45 * std::exp(-place / 50)
                                 : std::min(65.0, 0.5 * std::pow(1.03, place - 400)));
  }
  double loss(double place) {
    double noise = -6;
    for (int n = 0; n < 12; ++n) noise += std::ldexp(static_cast<double>(random_() >> 11), -53);
    return true_loss(place) + 0.05 * noise;
  }

 private:
  double shift_;
  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE(
    "divergence guard: gives up at the best parameters with the cut rate, whatever the sign of the losses") {
  for (const double shift : {0.0, -0.5, -1.0, -1.95, -10.0, -100.0})
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(shift, seed);
      Cliff cliff(shift, seed);
      VectorXd x = VectorXd::Zero(1);
      const VectorXd g = VectorXd::Constant(1, -1);
      Optimizer optimizer(x, Sgd{.learning_rate = 1});
      DivergenceGuard guard(x, optimizer, {.max_rollbacks = 3});
      double highest = cliff.true_loss(0);
      for (int k = 0; k < 20000 && !guard.gave_up(); ++k) {
        highest = std::max(highest, cliff.true_loss(x[0]));
        guard.step(optimizer, x, g, cliff.loss(x[0]));
      }
      REQUIRE(guard.gave_up());
      CHECK(cliff.true_loss(x[0]) < shift + 0.6);  // within twice the noise
      CHECK(highest < shift + 20);
      CHECK(guard.learning_rate_factor() == 0.125);
      CHECK(optimizer.learning_rate_factor() == 0.125);
      CHECK(optimizer.learning_rate() == 0.125);
    }
}

TEST_CASE("divergence guard: noise is not divergence, whatever the sign and size of the losses") {
  for (const double shift : {0.0, 0.4, 1.0, 100.0, -0.4, -5.0, -1000.0})
    for (const double unit : {1.0, 1e-200, 1e200})
      for (std::uint64_t seed = 0; seed < 40; ++seed) {
        CAPTURE(shift, unit, seed);
        std::mt19937_64 random(seed);
        VectorXd x = VectorXd::Zero(1);
        const VectorXd g = VectorXd::Constant(1, -1);
        Optimizer optimizer(x, Sgd{.learning_rate = 1});
        DivergenceGuard guard(x, optimizer);
        for (int k = 0; k < 2000; ++k) {
          double noise = -6;
          for (int n = 0; n < 12; ++n) noise += std::ldexp(static_cast<double>(random() >> 11), -53);
          const double level = shift + 0.5 * std::abs(shift) * std::exp(-k / 200.0);
          guard.step(optimizer, x, g, unit * (level + 0.2 * noise));
        }
        CHECK(guard.rollbacks() == 0);
        const double before = x[0];
        guard.step(optimizer, x, g, std::nan(""));
        CHECK(x[0] < before);
        CHECK(x[0] > before - 1500);  // parameters are kept while the training is sound
      }
}

TEST_CASE("divergence guard: a loss that stays high is not the new measure") {
  VectorXd x = VectorXd::Zero(1);
  const VectorXd g = VectorXd::Ones(1);
  Optimizer optimizer(x, Sgd{.learning_rate = 1});
  DivergenceGuard guard(x, optimizer);
  CHECK(guard.step(optimizer, x, g, 1.95));
  for (int k = 0; k < 940; ++k) CHECK(guard.step(optimizer, x, g, 19));  // below ten times the best
  CHECK_FALSE(guard.step(optimizer, x, g, 65));
  CHECK(x[0] == 0);
}

TEST_CASE("divergence guard: a step that is refused is not counted") {
  VectorXd x = VectorXd::Zero(1), two = VectorXd::Zero(2);
  const VectorXd g = VectorXd::Ones(1);
  Optimizer optimizer(x, Sgd{.learning_rate = 1});
  DivergenceGuard guard(x, optimizer);
  guard.step(optimizer, x, g, 2);
  for (int k = 0; k < 30; ++k) {
    CHECK(message_of([&] { guard.step(optimizer, two, VectorXd(two), 1e-9); }) ==
          "descent: DivergenceGuard: block 'parameters' is 2x1, but was 1x1 when it was made");
    CHECK(message_of([&] { guard.step(optimizer, x, VectorXd(two), 1e-9); }) != "");
  }
  CHECK(guard.step(optimizer, x, g, 2));  // not above ten times the best
  std::vector<VectorXd> several(2, x);
  Optimizer of_several(several, Sgd{});
  DivergenceGuard guard_of_several(several, of_several);
  std::vector<VectorXd> more(3, x);
  CHECK(message_of([&] { guard_of_several.step(of_several, more, more, 1); }) ==
        "descent: DivergenceGuard: the number of blocks has changed since it was made");
}

TEST_CASE("divergence guard: saves a training of the digits whose rate is far too high") {
  // At a constant learning rate of 32 the loss explodes and the network stays at chance level.
  const auto& [training, test] = digits();
  auto network = digits_network(), gradient = zeros_like(network);
  Optimizer optimizer(network, Sgd{.learning_rate = 32});
  DivergenceGuard guard(network, optimizer, {.tolerance = 2, .keep_every = 1});
  MiniBatches batches(training.size(), {.batch_size = 32});
  for (std::int64_t epoch = 0; epoch < 10; ++epoch) {
    batches.start_epoch(epoch);
    for (const auto samples : batches) {
      const double loss = network.loss(training.batch(samples), gradient);
      guard.step(optimizer, network, gradient, loss);
    }
  }
  CHECK(guard.rollbacks() > 0);
  CHECK_FALSE(guard.gave_up());
  CHECK(network.accuracy(test) > 0.9);
}

TEST_CASE("divergence guard: options out of range are named") {
  VectorXd x = VectorXd::Zero(1);
  const Optimizer optimizer(x, Sgd{});
  auto message = [&](const DivergenceGuardOptions& options) {
    return message_of([&] { DivergenceGuard(x, optimizer, options); });
  };
  CHECK(message({.cut = 1}) == "descent: DivergenceGuard: cut is 1, must be in (0, 1)");
  CHECK(message({.tolerance = 1}) ==
        "descent: DivergenceGuard: tolerance is 1, must be greater than 1 and finite");
  CHECK(message({.memory = 0}) == "descent: DivergenceGuard: memory is 0, must be at least 1 and finite");
  CHECK(message({.keep_every = 0}) ==
        "descent: DivergenceGuard: keep_every is 0, must be at least 1 and finite");
  CHECK(message({.max_rollbacks = -1}) ==
        "descent: DivergenceGuard: max_rollbacks is -1, must be at least 0 and finite");
}
