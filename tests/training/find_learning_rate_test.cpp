// SPDX-License-Identifier: MIT
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/linear_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/training/chart/learning_rate_chart.hpp>
#include <descent/training/chart/svg_chart.hpp>
#include <descent/training/diagnose/find_learning_rate.hpp>
#include <descent/training/problem/samples.hpp>
#include <descent/wrappers/partition.hpp>

#include "support/bits.hpp"
#include "support/catch.hpp"
#include "training/digits.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <utility>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;
using test::difference;

namespace {

struct Bounds {
  double low, high;
};

/// The suggestion must be where the sweep has good learning rates, and the divergence where it has bad ones.
template <class R>
void check_suggestion(const R& rule, Bounds good, double useless) {
  const auto network = digits_network();
  for (const std::uint64_t seed : {0U, 1U}) {
    for (const std::int64_t batch_size : {32, 128}) {
      const auto found = find_learning_rate(network, digits().first, rule,
                                            {.batch_size = batch_size, .seed = seed, .trials = 0});
      CAPTURE(seed, batch_size, found.reason);
      REQUIRE(found.found());
      CHECK(found.suggestion >= good.low);
      CHECK(found.suggestion <= good.high);
      CHECK(found.divergence > good.high);
      CHECK(found.divergence < 3 * useless);
      CHECK(found.suggestion == Approx(std::sqrt(found.nearly_minimum * found.tenth_of_minimum)));
      CHECK(found.reading == found.suggestion);
      CHECK(found.peak >= found.suggestion);
      CHECK(found.low <= found.suggestion / 3);
      CHECK(found.high >= found.suggestion * 3);
      CHECK(found.tenth_of_minimum == Approx(found.minimum / 10));
    }
  }
}

}  // namespace

// Results of a sweep over constant learning rates: the percentage of test digits read right after 10 epochs
// with batches of 32, at learning rates r * 10^(k/4), and the best loss on the training digits.
//   Sgd       0.01 90 %, 0.03 97, 0.1 98, 0.3 98 (loss 2.3e-2), 0.56 98 (1.2e-2), 1 30, 1.8 8
//   momentum  0.001 89 %, 0.003 96, 0.01 98, 0.03 97 (2.0e-2), 0.1 99 (4.3e-3), 0.18 86, 0.32 39, 0.56 11
//   Adam      1e-4 87 %, 3e-4 96, 1e-3 98, 3e-3 98 (1.9e-2), 6e-3 98 (9.4e-3), 0.03 97, 0.1 88, 0.18 29
//   RmsProp   1e-4 90 %, 3e-4 97, 1e-3 98, 3e-3 99 (1.7e-2), 0.01 96, 0.03 94, 0.056 84, 0.1 37
//   Lion      1e-4 90 %, 3e-4 98, 6e-4 98 (1.6e-2), 1e-3 98, 3e-3 94, 0.01 90, 0.018 62, 0.03 11
TEST_CASE("range test: suggests what a sweep over rates shows to be good") {
  check_suggestion(Sgd{}, {0.02, 0.3}, 1);
  check_suggestion(Sgd{.momentum = 0.9}, {0.005, 0.1}, 0.32);
  check_suggestion(Adam{}, {0.0005, 0.01}, 0.1);
  check_suggestion(RmsProp{}, {0.0003, 0.004}, 0.1);
  check_suggestion(Lion{}, {0.0003, 0.003}, 0.018);
}

TEST_CASE("range test: the caller's model and optimizer stay as they are") {
  const auto& training = digits().first;
  const auto network = digits_network();
  find_learning_rate(network, training, Adam{}, {.steps = 40, .trials = 3, .trial_steps = 20});
  CHECK(difference(network.layers[0].weights, digits_network().layers[0].weights) == "");

  auto trained = digits_network(), gradient = zeros_like(trained);
  Optimizer optimizer(trained, Adam{.learning_rate = 1e-3});
  trained.loss(training.all(), gradient);
  optimizer.step(trained, gradient);
  auto twin = trained;
  auto twin_optimizer = optimizer;
  find_learning_rate(trained, training, optimizer, {.steps = 40, .trials = 3, .trial_steps = 20});
  CHECK(optimizer.steps() == 1);
  CHECK(optimizer.learning_rate_factor() == 1);
  optimizer.step(trained, gradient);
  twin_optimizer.step(twin, gradient);
  CHECK(difference(trained.layers[1].weights, twin.layers[1].weights) == "");
}

TEST_CASE("range test: parameters that the model refers to are put back, also after an exception") {
  const RegressionData<double> data(50);
  Eigen::MatrixXd weights = Eigen::MatrixXd::Constant(2, 3, 0.1);
  Eigen::VectorXd bias = Eigen::VectorXd::Constant(2, -0.3);
  const Eigen::MatrixXd weights_before = weights;
  int calls = 0, last_call = 1000000;
  auto model = with_loss(std::tie(weights, bias), [&](const auto& tree, const auto& batch, auto& gradient) {
    if (++calls == last_call) throw Interruption{};
    const auto& [w, b] = tree;
    auto& [dw, db] = gradient;
    const Eigen::MatrixXd error = ((w * batch.inputs).colwise() + b) - batch.targets;
    const auto n = static_cast<double>(batch.size());
    dw = 2 / n * error * batch.inputs.transpose();
    db = 2 / n * error.rowwise().sum();
    return error.squaredNorm() / n;
  });
  const auto found = find_learning_rate(model, Samples{data.inputs, data.targets}, Sgd{});
  CHECK(found.found());
  CHECK(difference(weights, weights_before) == "");
  calls = 0;
  last_call = 20;
  CHECK_THROWS_AS(find_learning_rate(model, Samples{data.inputs, data.targets}, Sgd{}), Interruption);
  CHECK(difference(weights, weights_before) == "");
  CHECK(bias == Eigen::Vector2d::Constant(-0.3));
  calls = 0;
  last_call = 600;  // in a trial
  CHECK_THROWS_AS(find_learning_rate(model, Samples{data.inputs, data.targets}, Sgd{}), Interruption);
  CHECK(difference(weights, weights_before) == "");
  CHECK(bias == Eigen::Vector2d::Constant(-0.3));
}

TEST_CASE("range test: the rates grow by the same factor, with schedules and groups too") {
  const auto network = digits_network();
  const auto& training = digits().first;
  const FindLearningRateOptions options{.lowest = 1e-4, .highest = 1e-2, .steps = 21, .trials = 0};
  const auto plain = find_learning_rate(network, training, Adam{}, options);
  REQUIRE(plain.curve.size() == 21);
  CHECK(plain.curve.front().learning_rate == 1e-4);
  CHECK(plain.curve[10].learning_rate == Approx(1e-3));
  CHECK(plain.curve.back().learning_rate == Approx(1e-2));

  const Schedule rise = warmup(1000) >> LinearDecay{.initial = 0.5, .final = 0.1, .steps = 100};
  const auto scheduled = find_learning_rate(network, training, Adam{.learning_rate = rise}, options);
  CHECK(scheduled.curve[20].loss == Approx(plain.curve[20].loss));

  const auto same = partition(matrices, Adam{.learning_rate = 3}, Adam{.learning_rate = 3});
  const auto grouped = find_learning_rate(network, training, same, options);
  CHECK(grouped.curve[20].loss == Approx(plain.curve[20].loss));
  const auto other = partition(matrices, Adam{.learning_rate = 3}, Adam{.learning_rate = 0.03});
  CHECK(find_learning_rate(network, training, other, options).curve[20].loss != plain.curve[20].loss);
}

TEST_CASE("range test: says why there is no suggestion") {
  RegressionData<double> data(60);
  Samples samples{data.inputs, data.targets};
  auto climbing =
      with_loss(zero_regression<double>(), [](const auto& tree, const auto& batch, auto& gradient) {
        const double loss = tree.loss(batch, gradient);
        gradient.weights *= -1;
        gradient.bias *= -1;
        return loss;
      });
  const auto wrong = find_learning_rate(climbing, samples, Sgd{}, {.batch_size = 60});
  CHECK_FALSE(wrong.found());
  CHECK(wrong.reason == "the loss only rose: start from a lower rate (lowest)");
  CHECK_THAT(to_string(wrong),
             ContainsSubstring("no learning rate can be suggested\n  because: the loss only"));

  auto still = with_loss(zero_regression<double>(), [](const auto& tree, const auto& batch, auto& gradient) {
    const double loss = tree.loss(batch, gradient);
    gradient.weights.setZero();
    gradient.bias.setZero();
    return loss;
  });
  const auto idle = find_learning_rate(still, samples, Sgd{}, {.batch_size = 10});
  CHECK_FALSE(idle.found());
  CHECK_THAT(idle.reason, ContainsSubstring("the loss did not fall at any rate"));

  auto broken = with_loss(zero_regression<double>(), [](const auto&, const auto&, auto&) {
    return std::numeric_limits<double>::quiet_NaN();
  });
  const auto lost = find_learning_rate(broken, samples, Sgd{});
  CHECK_FALSE(lost.found());
  CHECK(lost.curve.empty());
  CHECK_THAT(lost.reason, ContainsSubstring("the loss was lost within 0 steps"));
}

// ---- Noise. ----

namespace {

/// Normal numbers, the same with every standard library.
double normal(std::mt19937_64& random) {
  auto uniform = [&] { return std::ldexp(static_cast<double>(random() >> 11), -53); };
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(6.283185307179586 * uniform());
}

/// A linear function of 5 normal inputs, and noise.
struct NoisyLine {
  Eigen::MatrixXd inputs = Eigen::MatrixXd(5, 1000), targets = Eigen::MatrixXd(1, 1000);

  explicit NoisyLine(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (Eigen::Index k = 0; k < inputs.size(); ++k) inputs(k) = normal(random);
    Eigen::RowVectorXd slope(5);
    for (Eigen::Index k = 0; k < 5; ++k) slope(k) = normal(random);
    targets = slope * inputs;
    for (Eigen::Index k = 0; k < 1000; ++k) targets(k) += 0.3 * normal(random);
  }
  Samples<Eigen::MatrixXd, Eigen::MatrixXd> samples() const { return {inputs, targets}; }
};

/// The mean squared error times `factor` plus `constant`; the gradient is that of the error.
auto line_model(double factor = 1, double constant = 0) {
  return with_loss(Regression<double>{Eigen::MatrixXd::Zero(1, 5), Eigen::VectorXd::Zero(1)},
                   [=](const auto& tree, const auto& batch, auto& gradient) {
                     return constant + factor * tree.loss(batch, gradient);
                   });
}

}  // namespace

TEST_CASE("range test: finds a rate of a linear regression through the noise of its batches") {
  for (const auto& [batch_size, at_least] :
       {std::pair{std::int64_t{32}, 38}, {std::int64_t{16}, 38}, {std::int64_t{4}, 36}}) {
    int found = 0, good = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const auto report = find_learning_rate(line_model(), NoisyLine(seed).samples(), Adam{},
                                             {.batch_size = batch_size, .seed = seed, .trials = 0});
      found += report.found() ? 1 : 0;
      good += report.suggestion > 0.003 && report.suggestion < 0.6 ? 1 : 0;
    }
    CAPTURE(batch_size);
    CHECK(found >= at_least);
    CHECK(good == found);  // 1.3e-7 is noise
  }
}

TEST_CASE("range test: a constant added to the loss, or a factor, does not change what is found") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const NoisyLine data(seed);
    auto report = [&](double factor, double constant) {
      return find_learning_rate(line_model(factor, constant), data.samples(), Adam{},
                                {.seed = seed, .trials = seed < 19 ? 0 : 8});
    };
    const auto plain = report(1, 0);
    REQUIRE(plain.found());
    // First losses around and below 0.
    for (const double constant : {-plain.curve.front().loss, -1e3, 1e3})
      CHECK(report(1, constant).suggestion == Approx(plain.suggestion).epsilon(1e-6));
    for (const double factor : {1e-6, 1e6}) {
      const auto scaled = report(factor, 0);
      CHECK(scaled.suggestion == Approx(plain.suggestion).epsilon(1e-6));
      CHECK(scaled.reason == plain.reason);
      CHECK(scaled.noise == Approx(factor * plain.noise));
    }
  }
}

TEST_CASE("range test: a loss of noise alone is refused") {
  const NoisyLine data(1);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    for (const bool skewed : {false, true}) {
      auto noise = with_loss(Regression<double>{Eigen::MatrixXd::Zero(1, 5), Eigen::VectorXd::Zero(1)},
                             [&](const auto&, const auto&, auto&) {
                               const double z = normal(random);
                               return skewed ? z * z : 5 + z;
                             });
      const auto report = find_learning_rate(noise, data.samples(), Sgd{}, {.trials = seed < 4 ? 8 : 0});
      CAPTURE(seed, skewed, report.reason, report.suggestion);
      CHECK_FALSE(report.found());
      CHECK_THAT(report.reason, ContainsSubstring("take larger batches"));
      CHECK(report.noise > 0.6);
    }
  }
}

TEST_CASE("range test: says where the loss became NaN") {
  auto model = with_loss(zero_regression<double>(), [](const auto& tree, const auto& batch, auto& gradient) {
    const double loss = tree.loss(batch, gradient);
    return loss > 1000 ? std::numeric_limits<double>::quiet_NaN() : loss;
  });
  const RegressionData<double> data(60);
  const auto report = find_learning_rate(model, Samples{data.inputs, data.targets}, Sgd{},
                                         {.batch_size = 10, .divergence = 1e9, .trials = 0});
  REQUIRE(report.found());
  CHECK(report.not_finite > 0.5);
  CHECK(report.not_finite < 5);
  CHECK_THAT(report.reason, ContainsSubstring("; the loss became infinite or NaN at "));
}

TEST_CASE("range test: a loss that is flat until it diverges tells a rate by its end, with a warning") {
  // A matrix factorisation starts at a saddle.
  std::mt19937_64 random(3);
  Eigen::MatrixXd left(4, 40), right(4, 30), inputs(2, 960), targets(1, 960);
  for (Eigen::Index k = 0; k < left.size(); ++k) left(k) = normal(random);
  for (Eigen::Index k = 0; k < right.size(); ++k) right(k) = normal(random);
  for (Eigen::Index k = 0; k < 960; ++k) {
    const auto i = static_cast<Eigen::Index>(random() % 40), j = static_cast<Eigen::Index>(random() % 30);
    inputs.col(k) << static_cast<double>(i), static_cast<double>(j);
    targets(k) = left.col(i).dot(right.col(j));
  }
  auto start = std::tuple(Eigen::MatrixXd(0.1 * left.rowwise().reverse()), Eigen::MatrixXd(0.1 * right));
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    auto model = with_loss(start, [](const auto& tree, const auto& batch, auto& gradient) {
      double sum = 0;
      const auto n = static_cast<double>(batch.inputs.cols());
      for (Eigen::Index k = 0; k < batch.inputs.cols(); ++k) {
        const auto i = static_cast<Eigen::Index>(batch.inputs(0, k)),
                   j = static_cast<Eigen::Index>(batch.inputs(1, k));
        const auto& [u, v] = tree;
        auto& [du, dv] = gradient;
        const double error = u.col(i).dot(v.col(j)) - batch.targets(0, k);
        sum += error * error / n;
        du.col(i) += 2 * error / n * v.col(j);
        dv.col(j) += 2 * error / n * u.col(i);
      }
      return sum;
    });
    const auto report =
        find_learning_rate(model, Samples{inputs, targets}, Sgd{}, {.seed = seed, .trials = 0});
    CAPTURE(seed, report.reason);
    REQUIRE(report.found());
    CHECK(report.suggestion == Approx(report.divergence / 20));
    CHECK(report.suggestion > 0.1);  // 1 is the best of a sweep, 3 diverges
    CHECK(report.suggestion < 2);
    CHECK_THAT(report.reason, ContainsSubstring("the loss was flat until it diverged at "));
    CHECK_THAT(to_string(report), ContainsSubstring("\n  uncertain: the noise hides any fall"));
  }
}

TEST_CASE("range test: text and picture") {
  const auto found = find_learning_rate(digits_network(), digits().first, Adam{}, {.trials = 0});
  const std::string text = to_string(found);
  CHECK_THAT(text, ContainsSubstring("suggested learning rate: 0.00"));
  CHECK_THAT(text, ContainsSubstring("  because: a third of the rate between those at which nine"));
  CHECK_THAT(found.reason, ContainsSubstring("the loss had climbed back by half of its fall"));
  CHECK_THAT(text, ContainsSubstring("\n  a constant rate lies between 0.00"));
  CHECK_THAT(text, ContainsSubstring("; the peak of a schedule that falls to 0 at 0.0"));
  const std::string picture = svg::to_svg(svg::chart_of(found, "Adam"));
  for (const char* words :
       {"<title>Adam</title>", "suggestion 0.00", "falls fastest", "lowest", "climbs back"})
    CHECK_THAT(picture, ContainsSubstring(words));
  CHECK_FALSE(svg::to_svg(svg::chart_of({})).empty());
}

TEST_CASE("range test: options out of range are named") {
  const RegressionData<double> data(20);
  auto message = [&](const FindLearningRateOptions& options, const Sgd& rule = {},
                     Eigen::Index samples = 20) {
    const auto model = zero_regression<double>();
    return message_of([&] {
      find_learning_rate(model, Samples{data.inputs.leftCols(samples), data.targets.leftCols(samples)}, rule,
                         options);
    });
  };
  CHECK(message({.lowest = 0}) ==
        "descent: find_learning_rate: lowest is 0, must be greater than 0 and finite");
  CHECK(message({.highest = -1}) ==
        "descent: find_learning_rate: highest is -1, must be greater than 0 and finite");
  CHECK(message({.lowest = 1, .highest = 1}) ==
        "descent: find_learning_rate: lowest must be less than highest");
  CHECK(message({.steps = 9}) == "descent: find_learning_rate: steps is 9, must be in [10, 1e+06]");
  CHECK(message({.steps = 1'000'000'000'000'000}) ==
        "descent: find_learning_rate: steps is 1e+15, must be in [10, 1e+06]");
  CHECK(message({.batch_size = 0}) ==
        "descent: find_learning_rate: batch_size is 0, must be at least 1 and finite");
  CHECK(message({.smoothing = 0}) ==
        "descent: find_learning_rate: smoothing is 0, must be greater than 0 and finite");
  CHECK(message({.divergence = 0}) ==
        "descent: find_learning_rate: divergence is 0, must be greater than 0 and finite");
  CHECK(message({.trials = -1}) == "descent: find_learning_rate: trials is -1, must be in [0, 100]");
  CHECK(message({.trial_steps = 19}) ==
        "descent: find_learning_rate: trial_steps is 19, must be in [20, 1e+06]");
  CHECK(message({.horizon = 0}) ==
        "descent: find_learning_rate: horizon is 0, must be at least 1 and finite");
  CHECK(message({}, Sgd{}, 0) == "descent: find_learning_rate: the data set is empty");
  CHECK(
      message({}, Sgd{.learning_rate = 0}) ==
      "descent: find_learning_rate: the rule's own rate is 0 at step 0; the test scales it, so that it must "
      "be greater than 0");
}
