// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/divergence_guard.hpp>
#include <descent/training/mini_batches.hpp>
#include <descent/training/samples.hpp>

#include "support/catch.hpp"
#include "training/digits.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstdint>

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
  CHECK(guard.step(optimizer, x, g, 3.9));  // a spike, but no worse than at first
  CHECK_FALSE(guard.step(optimizer, x, g, 5));
}

TEST_CASE("divergence guard: gives up in the end, with good parameters") {
  VectorXd x = VectorXd::Zero(1);
  const VectorXd g = VectorXd::Ones(1);
  Optimizer optimizer(x, Sgd{.learning_rate = 1});
  DivergenceGuard guard(x, optimizer, {.maximum_rollbacks = 2});
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

TEST_CASE("divergence guard: saves a training of the digits whose rate is far too high") {
  // At a constant rate of 32 the loss explodes and the network stays at chance level.
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
  CHECK(message({.maximum_rollbacks = -1}) ==
        "descent: DivergenceGuard: maximum_rollbacks is -1, must be at least 0 and finite");
}
