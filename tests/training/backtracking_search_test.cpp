// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/adapt/backtracking_search.hpp>
#include <descent/training/problem/mini_batches.hpp>
#include <descent/training/problem/samples.hpp>

#include "support/catch.hpp"
#include "training/digits.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

using namespace descent;
using namespace training_test;
using Eigen::VectorXd;

namespace {

/// x^2 / 2 in each direction: a step of length r along the gradient leaves (1 - r) x.
struct Bowl {
  int gradients = 0, values = 0;
  double operator()(const VectorXd& x, VectorXd& gradient) {
    ++gradients;
    gradient = x;
    return 0.5 * x.squaredNorm();
  }
  double operator()(const VectorXd& x) {
    ++values;
    return 0.5 * x.squaredNorm();
  }
};

}  // namespace

TEST_CASE("backtracking: the longest of the lengths tried that brings enough") {
  VectorXd x = VectorXd::Ones(2);
  Optimizer optimizer(x, Sgd{.learning_rate = 8});
  BacktrackingSearch search(x, {.sufficient_decrease = 0.1, .shrink = 0.5, .grow = 1.5});
  Bowl bowl;
  // Length r is sufficient if (1 - r)^2 <= 1 - 0.2 r: up to 1.8. Tried: 8, 4, 2, 1.
  const auto result = search.step(optimizer, x, bowl);
  CHECK(result.status == BacktrackingStatus::accepted);
  CHECK(result.trials == 4);
  CHECK(result.learning_rate_factor == 0.125);
  CHECK(result.loss == 1);
  CHECK(result.loss_after == 0);
  CHECK(x == VectorXd::Zero(2));
  CHECK(bowl.gradients == 1);
  CHECK(bowl.values == 4);
  CHECK(optimizer.steps() == 1);
  CHECK(search.learning_rate_factor() == 0.1875);
}

TEST_CASE("backtracking: starts where the last step ended, and grows up to its limit") {
  VectorXd x = VectorXd::Ones(2);
  Optimizer optimizer(x, Sgd{.learning_rate = 0.5});
  BacktrackingSearch search(x, {.grow = 3, .max_factor = 2});
  Bowl bowl;
  search.set_learning_rate_factor(0.25);
  CHECK(search.step(optimizer, x, bowl).trials == 1);
  CHECK(x[0] == 0.875);
  CHECK(search.learning_rate_factor() == 0.75);
  search.step(optimizer, x, bowl);
  CHECK(search.learning_rate_factor() == 2);
}

TEST_CASE("backtracking: gives up and does not change the parameters if no length is sufficient") {
  VectorXd x = VectorXd::Ones(2);
  const VectorXd start = x;
  Optimizer optimizer(x, Sgd{.learning_rate = 1});
  BacktrackingSearch search(x, {.max_trials = 5});
  auto wrong_gradient = [](const VectorXd& point, VectorXd& gradient) {
    gradient = -point;
    return 0.5 * point.squaredNorm();
  };
  const auto result = search.step(optimizer, x, wrong_gradient);
  CHECK(result.status == BacktrackingStatus::gave_up);
  CHECK(result.trials == 5);
  CHECK(result.learning_rate_factor == 0);
  CHECK(x == start);
}

TEST_CASE("backtracking: a step that goes up is not taken, and said") {
  VectorXd x = VectorXd::Ones(2);
  Optimizer optimizer(x, Sgd{.learning_rate = 0.5, .maximize = true});
  BacktrackingSearch search(x);
  Bowl bowl;
  search.set_learning_rate_factor(0.5);
  const auto result = search.step(optimizer, x, bowl);
  CHECK(result.status == BacktrackingStatus::not_downhill);
  CHECK(result.learning_rate_factor == 0);
  CHECK(x == VectorXd::Ones(2));
  CHECK(bowl.values == 0);
  CHECK(search.learning_rate_factor() == 0.5);  // no information about the length
}

TEST_CASE("backtracking: never climbs with momentum, and gets to the end of a valley") {
  VectorXd x = Eigen::Vector4d(-1.2, 1, -1.2, 1), gradient = x;
  const auto valley = [](const VectorXd& at, VectorXd& slope) {  // Rosenbrock's, chained
    slope.setZero();
    double sum = 0;
    for (Eigen::Index i = 0; i + 1 < at.size(); ++i) {
      const double a = at[i + 1] - at[i] * at[i], b = 1 - at[i];
      sum += 100 * a * a + b * b;
      slope[i] -= 400 * a * at[i] + 2 * b;
      slope[i + 1] += 200 * a;
    }
    return sum;
  };
  Optimizer optimizer(x, Sgd{.learning_rate = 0.1, .momentum = 0.9});
  BacktrackingSearch search(x);
  double before = valley(x, gradient);
  for (int k = 0; k < 2000; ++k) {
    search.step(optimizer, x, valley);
    const double loss = valley(x, gradient);
    REQUIRE(loss <= before);
    before = loss;
  }
  CHECK(before < 1e-10);  // 3.7 if steps uphill are taken
}

TEST_CASE("backtracking: no step if the loss or its gradient is not finite; a trial may be") {
  VectorXd x = VectorXd::Ones(2);
  Optimizer optimizer(x, Sgd{.learning_rate = 1});
  BacktrackingSearch search(x);
  auto bad_gradient = [](const VectorXd&, VectorXd& gradient) {
    gradient[1] = std::numeric_limits<double>::infinity();
    return 1.0;
  };
  CHECK(search.step(optimizer, x, bad_gradient).status == BacktrackingStatus::not_finite);
  CHECK(optimizer.steps() == 0);
  auto wall = [](const VectorXd& point, VectorXd& gradient) {  // only defined above 0.5
    gradient = point;
    return point[0] < 0.5 ? std::nan("") : 0.5 * point.squaredNorm();
  };
  const auto result = search.step(optimizer, x, wall);
  CHECK(result.status == BacktrackingStatus::accepted);
  CHECK(x[0] >= 0.5);
}

namespace {

/// The accuracy that a search around a rule reaches on the digits in five epochs.
template <class R>
double accuracy_around(const R& rule) {
  const auto& [training, test] = digits();
  auto network = digits_network();
  Optimizer optimizer(network, rule);
  BacktrackingSearch search(network);
  MiniBatches batches(training.size(), {.batch_size = 64});
  for (std::int64_t epoch = 0; epoch < 5; ++epoch) {
    batches.start_epoch(epoch);
    for (const auto samples : batches) {
      const auto batch = training.batch(samples);
      search.step(optimizer, network, [&](const support::Network& n, support::Network& gradient) {
        return n.loss(batch, gradient);
      });
    }
  }
  return network.accuracy(test);
}

}  // namespace

TEST_CASE("backtracking: trains the digits without a rate to choose") {
  // A constant learning rate of 10 leaves this network at chance level, see training_diagnosis_test.
  CHECK(accuracy_around(Sgd{.learning_rate = 10}) > 0.9);
  CHECK(accuracy_around(Sgd{.learning_rate = 10, .momentum = 0.9}) > 0.85);
  CHECK(accuracy_around(AdamW{.learning_rate = 10, .beta1 = 0}) > 0.95);
  CHECK(accuracy_around(AdamW{.learning_rate = 0.1, .beta1 = 0}) > 0.95);
}

TEST_CASE("backtracking: options out of range are named") {
  const VectorXd x = VectorXd::Ones(2);
  auto message = [&](const BacktrackingOptions& options) {
    return message_of([&] { BacktrackingSearch(x, options); });
  };
  CHECK(message({.sufficient_decrease = 1}) ==
        "descent: BacktrackingSearch: sufficient_decrease is 1, must be in (0, 1)");
  CHECK(message({.shrink = 0}) == "descent: BacktrackingSearch: shrink is 0, must be in (0, 1)");
  CHECK(message({.grow = 0.5}) == "descent: BacktrackingSearch: grow is 0.5, must be at least 1 and finite");
  CHECK(message({.max_factor = 0}) ==
        "descent: BacktrackingSearch: max_factor is 0, must be greater than 0 and finite");
  CHECK(message({.max_trials = 0}) ==
        "descent: BacktrackingSearch: max_trials is 0, must be at least 1 and finite");
  BacktrackingSearch search(x);
  CHECK(message_of([&] { search.set_learning_rate_factor(0); }) ==
        "descent: BacktrackingSearch: learning_rate_factor is 0, must be greater than 0 and finite");
}
