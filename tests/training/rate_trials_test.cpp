// SPDX-License-Identifier: MIT
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/linear_decay.hpp>
#include <descent/training/chart/learning_rate_chart.hpp>
#include <descent/training/chart/svg_chart.hpp>
#include <descent/training/diagnose/find_learning_rate.hpp>
#include <descent/training/diagnose/rate_trials.hpp>
#include <descent/training/problem/samples.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;
using detail::RateTrials;
using detail::TrialLosses;

namespace {

/// Trials whose losses are lowest at `best`, with the same ripple at each rate.
struct Valley {
  double best;
  int runs = 0;

  TrialLosses operator()(double rate) {
    ++runs;
    TrialLosses trial;
    for (int k = 0; k < 60; ++k)
      trial.losses.push_back(std::pow(std::log10(rate / best), 2) + (k % 2 == 0 ? 1 : -1));
    return trial;
  }
};

double target(double x, double y) { return 2 * x - y; }

/// A plane through normal inputs of this size, and a ripple on it.
Samples<Eigen::MatrixXd, Eigen::MatrixXd> plane(double size = 1) {
  Eigen::MatrixXd inputs(2, 320), targets(1, 320);
  for (Eigen::Index k = 0; k < 320; ++k) {
    const auto place = static_cast<double>(k);
    inputs.col(k) << size * std::sin(1.3 * place), size * std::cos(2.1 * place);
    targets(k) = target(inputs(0, k), inputs(1, k)) / size + 0.5 * std::sin(77 * place);
  }
  return {inputs, targets};
}

auto plane_model(double factor = 1, double constant = 0) {
  return with_loss(Regression<double>{Eigen::MatrixXd::Zero(1, 2), Eigen::VectorXd::Zero(1)},
                   [=](const auto& tree, const auto& batch, auto& gradient) {
                     return constant + factor * tree.loss(batch, gradient);
                   });
}

}  // namespace

TEST_CASE("rate trials: walk from any start to the lowest loss, and stop when both neighbours are worse") {
  for (const double start : {1e-4, 1e-3, 1e-2, 0.1}) {
    Valley valley{.best = 2e-3};
    RateTrials trials(start, 1e-7, 10, 20);
    trials.search(valley);
    CAPTURE(start, valley.runs);
    CHECK(trials.best_between() == Approx(2e-3));  // the valley is a parabola
    CHECK(trials.is_bracketed());
    CHECK(trials.lead() > 1e6);  // the ripple cancels
    CHECK(valley.runs <= 3 + std::abs(2 * std::log10(start / 2e-3)) + 1);
  }
}

TEST_CASE("rate trials: keep to their number and to the rates allowed") {
  Valley valley{.best = 1};
  RateTrials few(1e-4, 1e-7, 10, 4);
  few.search(valley);
  CHECK(valley.runs == 4);
  CHECK_FALSE(few.is_bracketed());
  CHECK(few.best_rate() == Approx(std::pow(10, -3)));
  RateTrials bounded(0.02, 0.01, 0.05, 20);
  double lowest = 1, highest = 0;
  bounded.search([&](double rate) {
    lowest = std::min(lowest, rate);
    highest = std::max(highest, rate);
    return valley(rate);
  });
  CHECK(lowest >= 0.01);
  CHECK(highest <= 0.05);
  CHECK_FALSE(bounded.is_bracketed());
}

TEST_CASE("rate trials: walk down from rates that diverge") {
  Valley valley{.best = 1e-3};
  auto steep = [&](double rate) {
    TrialLosses trial = valley(rate);
    if (rate > 4e-3) trial = {.losses = {1, std::numeric_limits<double>::infinity()}, .diverged = true};
    return trial;
  };
  RateTrials trials(0.5, 1e-7, 10, 20);
  trials.search(steep);
  CHECK(trials.best_rate() < 2e-3);
  CHECK(trials.best_rate() > 5e-4);
  CHECK_FALSE(trials.is_lost());
  RateTrials lost(0.5, 1e-7, 10, 3);
  lost.search(steep);
  CHECK(lost.is_lost());
}

TEST_CASE("rate trials: a loss still falls if its last quarter is lower beyond the noise") {
  TrialLosses falling, settled;
  for (int k = 0; k < 400; ++k) {
    const double ripple = std::sin(12.9 * k * k);
    falling.losses.push_back(ripple - 0.01 * k);
    settled.losses.push_back(ripple + (k < 100 ? 10 : 0));
  }
  CHECK(falling.still_falls());
  CHECK_FALSE(settled.still_falls());
}

TEST_CASE("range test: trials keep to their budget, and the report counts the gradients") {
  std::int64_t calls = 0;
  auto model = with_loss(zero_regression<double>(), [&](const auto& tree, const auto& batch, auto& gradient) {
    ++calls;
    return tree.loss(batch, gradient);
  });
  const RegressionData<double> data(60);
  const Samples samples{data.inputs, data.targets};
  const FindLearningRateOptions options{.steps = 60, .batch_size = 10, .trials = 3, .trial_steps = 40};
  const auto report = find_learning_rate(model, samples, Adam{}, options);
  CHECK(calls == report.evaluations);
  CHECK(calls <= 61 + 3 * 40);
  REQUIRE(report.trials.size() == 3);
  for (const auto& trial : report.trials) CHECK(trial.steps == 40);
  const auto again = find_learning_rate(model, samples, Adam{}, options);
  CHECK(again.suggestion == report.suggestion);  // the same bits

  calls = 0;
  const auto curve = find_learning_rate(model, samples, Adam{}, {.steps = 60, .batch_size = 10, .trials = 0});
  CHECK(curve.trials.empty());
  CHECK(calls <= 61);
  CHECK(curve.suggestion == curve.reading);
  CHECK(report.reading == curve.reading);

  // A training shorter than the trials.
  for (const auto& trial : find_learning_rate(model, samples, Adam{}, {.horizon = 30}).trials)
    CHECK(trial.steps == 30);
}

TEST_CASE("range test: trials do not change with a constant or a factor of the loss") {
  const auto data = plane();
  const auto plain = find_learning_rate(plane_model(), data, Adam{}, {.batch_size = 8});
  REQUIRE(plain.found());
  REQUIRE_FALSE(plain.trials.empty());
  CHECK(find_learning_rate(plane_model(1, 1e3), data, Adam{}, {.batch_size = 8}).suggestion ==
        Approx(plain.suggestion).epsilon(1e-6));
  CHECK(find_learning_rate(plane_model(1e6, 0), data, Adam{}, {.batch_size = 8}).suggestion ==
        Approx(plain.suggestion).epsilon(1e-6));
}

TEST_CASE("range test: the suggestion follows the size of the inputs") {
  const auto plain = find_learning_rate(plane_model(), plane(), Sgd{}, {.batch_size = 8});
  // Inputs ten times as large: slopes a tenth as large, a curvature a hundred times as large.
  auto slopes = with_loss(Eigen::MatrixXd(Eigen::MatrixXd::Zero(1, 2)),
                          [](const auto& weights, const auto& batch, auto& gradient) {
                            const Eigen::MatrixXd error = weights * batch.inputs - batch.targets;
                            const auto n = static_cast<double>(batch.size());
                            gradient = 2 / n * error * batch.inputs.transpose();
                            return error.squaredNorm() / n;
                          });
  const auto small = find_learning_rate(slopes, plane(), Sgd{}, {.batch_size = 8});
  const auto large = find_learning_rate(slopes, plane(10), Sgd{}, {.batch_size = 8});
  REQUIRE(plain.found());
  REQUIRE(small.found());
  CHECK(large.suggestion * 100 > small.suggestion / 2);
  CHECK(large.suggestion * 100 < small.suggestion * 2);
}

TEST_CASE("range test: a longer training of a noisy task gets a lower rate") {
  auto report = [](std::int64_t horizon) {
    return find_learning_rate(plane_model(), plane(), Sgd{}, {.batch_size = 4, .horizon = horizon});
  };
  const auto usual = report(1000), longer = report(8000);
  REQUIRE(usual.found());
  CHECK_THAT(usual.reason,
             ContainsSubstring("its loss no longer fell; the suggestion is for 1000 steps; the"));
  CHECK(usual.suggestion / longer.suggestion == Approx(std::pow(8, 0.83)));
  CHECK(usual.suggestion < usual.reading);
}

TEST_CASE("range test: trials find a rate that the noise of the sweep hides") {
  // The loss of a batch has a part that no parameter changes, but that all trials see.
  auto model = with_loss(Regression<double>{Eigen::MatrixXd::Zero(1, 2), Eigen::VectorXd::Zero(1)},
                         [](const auto& tree, const auto& batch, auto& gradient) {
                           return tree.loss(batch, gradient) + 300 * std::sin(1e4 * batch.inputs.sum());
                         });
  const auto curve = find_learning_rate(model, plane(), Adam{}, {.batch_size = 4, .trials = 0});
  REQUIRE_FALSE(curve.found());
  const auto report = find_learning_rate(model, plane(), Adam{}, {.batch_size = 4});
  CAPTURE(report.reason);
  REQUIRE(report.found());
  CHECK(report.suggestion > 1e-3);
  CHECK(report.suggestion < 0.3);
  CHECK_THAT(report.reason, ContainsSubstring("the curve alone suggests none: the loss did not fall"));
}

TEST_CASE("range test: refuses if all trials diverge") {
  int calls = 0;
  auto model = with_loss(Regression<double>{Eigen::MatrixXd::Zero(1, 2), Eigen::VectorXd::Zero(1)},
                         [&](const auto& tree, const auto& batch, auto& gradient) {
                           const double loss = tree.loss(batch, gradient);
                           return ++calls > 241 ? std::numeric_limits<double>::quiet_NaN() : loss;
                         });
  const auto report = find_learning_rate(model, plane(), Adam{}, {.batch_size = 8, .trials = 3});
  REQUIRE(std::isfinite(report.reading));
  CHECK_FALSE(report.found());
  CHECK_THAT(report.reason,
             ContainsSubstring("the loss became infinite or NaN in all of 3 trials, down to a rate of "));
}

TEST_CASE("range test: warns if the trials cannot tell the best rate") {
  const auto few = find_learning_rate(plane_model(), plane(), Adam{}, {.batch_size = 8, .trials = 1});
  CHECK_THAT(few.warning, ContainsSubstring("the best trial has no worse one on both sides"));
  CHECK(few.high == Approx(10 * few.suggestion));
  const auto sure = find_learning_rate(plane_model(), plane(), Adam{}, {.batch_size = 8});
  CHECK(sure.warning.empty());
  CHECK(sure.low == Approx(sure.suggestion / 4));
  CHECK(sure.high == Approx(4 * sure.suggestion));
  CHECK(sure.peak == Approx(3 * sure.suggestion));
}

TEST_CASE("range test: a schedule that reaches 0 after the sweep ends the trials, not the program") {
  const LinearDecay decay{.initial = 1, .final = 0, .steps = 300};
  const auto report =
      find_learning_rate(plane_model(), plane(), Adam{.learning_rate = decay}, {.batch_size = 8});
  REQUIRE(report.found());
  REQUIRE_FALSE(report.trials.empty());
  for (const auto& trial : report.trials) CHECK(trial.steps == 301);
}

TEST_CASE("range test: text and picture show the trials") {
  const auto report = find_learning_rate(plane_model(), plane(), Adam{}, {.batch_size = 8});
  const std::string text = to_string(report);
  CHECK_THAT(text, ContainsSubstring("  because: the best of "));
  CHECK_THAT(text, ContainsSubstring("\n  trials: loss "));
  CHECK_THAT(text,
             ContainsSubstring("\n  " + std::to_string(report.evaluations) + " gradients were evaluated\n"));
  CHECK_THAT(svg::to_svg(svg::chart_of(report)), ContainsSubstring("trials, at their end"));
  LearningRateReport lost = report;
  lost.trials.back().loss = std::numeric_limits<double>::infinity();
  CHECK_THAT(to_string(lost), ContainsSubstring(", infinite or NaN at "));
}
