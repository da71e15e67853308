// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/training/diagnose/training_diagnosis.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

#include "support/catch.hpp"
#include "training/digits.hpp"
#include "training/support.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;

namespace {

using Findings = std::vector<Finding>;

bool has(const Findings& findings, Verdict verdict) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.verdict == verdict; });
}

/// The findings as printed, but without line breaks.
std::string in_one_line(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_string(finding) + "\n";
  return text;
}

struct Trained {
  Findings findings;
  double accuracy = 0;
  /// The findings after each epoch, without repetitions.
  std::string said = {};
};

template <class R>
Trained train(support::Network network, const R& rule, std::int64_t epochs, std::int64_t batch_size = 32) {
  const auto& [training, test] = digits();
  TrainingDiagnosis diagnosis;
  Trained result;
  fit(network, training, rule,
      {.epochs = epochs,
       .batch_size = batch_size,
       .validation = test,
       .on_epoch =
           [&](const EpochReport& epoch) {
             diagnosis.observe(epoch);
             for (const Finding& finding : diagnosis.findings())
               result.said += std::to_string(epoch.epoch) + ": " + to_string(finding) + "\n";
           },
       .on_update = [&](const UpdateReport& update) { diagnosis.observe(update); },
       .progress = Progress::none});
  result.findings = diagnosis.findings();
  result.accuracy = network.accuracy(test);
  return result;
}

/// After ten epochs at a bad learning rate the verdict must be reported, and its advice must work.
template <class MakeRule>
void check_rate(Verdict verdict, MakeRule make, double rate) {
  const Trained bad = train(digits_network(), make(rate), 10);
  CAPTURE(rate, to_string(bad.findings));
  CHECK(bad.accuracy < 0.6);
  REQUIRE(has(bad.findings, verdict));
  const auto found = std::find_if(bad.findings.begin(), bad.findings.end(),
                                  [&](const Finding& finding) { return finding.verdict == verdict; });
  CAPTURE(found->suggested_rate);
  CHECK(train(digits_network(), make(found->suggested_rate), 10).accuracy > 0.93);
}

template <class R>
void check_silent(const R& rule) {
  const Trained good = train(digits_network(), rule, 10);
  CHECK(good.accuracy > 0.94);
  CHECK(good.said == "");
}

const auto sgd = [](double rate) { return Sgd{.learning_rate = rate}; };
const auto momentum = [](double rate) { return Sgd{.learning_rate = rate, .momentum = 0.9}; };
const auto adam = [](double rate) { return Adam{.learning_rate = rate}; };
const auto rms_prop = [](double rate) { return RmsProp{.learning_rate = rate}; };
const auto lion = [](double rate) { return Lion{.learning_rate = rate}; };
const auto muon = [](double rate) {
  return partition(matrices, Muon{.learning_rate = rate}, AdamW{.learning_rate = rate / 2});
};

}  // namespace

// These tests use the sweep in find_learning_rate_test: the percentage of digits read right after ten epochs,
// by rule and learning rate. The learning rates here are the clearly bad and the clearly good ones of it.

TEST_CASE("diagnosis: a rate too high, and the advice is good") {
  check_rate(Verdict::rate_too_high, sgd, 3.2);
  check_rate(Verdict::rate_too_high, sgd, 30);
  check_rate(Verdict::rate_too_high, momentum, 1);
  check_rate(Verdict::rate_too_high, adam, 0.32);
  check_rate(Verdict::rate_too_high, lion, 0.1);
  check_rate(Verdict::rate_too_high, muon, 1);
}

TEST_CASE("diagnosis: a rate too high is seen within one epoch if the loss explodes") {
  const Trained exploded = train(digits_network(), sgd(10), 1);
  CHECK(has(exploded.findings, Verdict::rate_too_high));
  CHECK(has(exploded.findings, Verdict::exploding_gradient));
  CHECK_THAT(in_one_line(exploded.findings), ContainsSubstring("the gradient explodes: its norm reached "));
  CHECK_THAT(in_one_line(exploded.findings), ContainsSubstring("% of the parameters; try a rate of 3e-02"));
}

TEST_CASE("diagnosis: a rate too low, and the advice is good") {
  check_rate(Verdict::rate_too_low, sgd, 1e-4);
  check_rate(Verdict::rate_too_low, momentum, 1e-4);
  check_rate(Verdict::rate_too_low, adam, 1e-5);
  check_rate(Verdict::rate_too_low, rms_prop, 1e-5);
  check_rate(Verdict::rate_too_low, lion, 1e-5);
  check_rate(Verdict::rate_too_low, muon, 1e-4);
}

TEST_CASE("diagnosis: a rate too low at which the loss falls, but slowly") {
  const Trained low = train(digits_network(), adam(1e-4), 20);
  const auto found = std::find_if(low.findings.begin(), low.findings.end(), [](const Finding& finding) {
    return finding.verdict == Verdict::rate_too_low;
  });
  REQUIRE(found != low.findings.end());
  CHECK(found->suggested_rate > 1e-4);
  CHECK(found->suggested_rate < 0.03);
}

TEST_CASE("diagnosis: a gradient that is not finite after few steps at a huge rate") {
  const Trained lost = train(digits_network(), sgd(1e4), 1);
  CAPTURE(to_string(lost.findings));
  REQUIRE(has(lost.findings, Verdict::rate_too_high));
}

TEST_CASE("diagnosis: silent at good rates, after each of ten epochs") {
  for (const double rate : {0.03, 0.1, 0.3}) check_silent(sgd(rate));
  for (const double rate : {0.003, 0.01, 0.03, 0.1}) check_silent(momentum(rate));
  for (const double rate : {5e-4, 1e-3, 3e-3, 1e-2}) check_silent(adam(rate));
  for (const double rate : {3e-4, 1e-3}) check_silent(rms_prop(rate));
  for (const double rate : {3e-4, 5e-4}) check_silent(lion(rate));
  for (const double rate : {3e-3, 1e-2}) check_silent(muon(rate));
}

TEST_CASE("diagnosis: silent while a schedule warms up and falls to 0") {
  const std::int64_t steps = steps_per_epoch(digits().first.size(), 32) * 10;
  check_silent(Adam{.learning_rate = warmup(100) >> CosineDecay{.initial = 5e-3, .steps = steps - 100}});
}

TEST_CASE(
    "diagnosis: a peak too high after a warm-up; the advice does not take the low rate of the first steps "
    "for it") {
  const Trained bad = train(
      digits_network(), Sgd{.learning_rate = warmup(30) >> Schedule([](std::int64_t) { return 10.0; })}, 10);
  const auto found = std::find_if(bad.findings.begin(), bad.findings.end(), [](const Finding& finding) {
    return finding.verdict == Verdict::rate_too_high;
  });
  REQUIRE(found != bad.findings.end());
  CHECK(found->suggested_rate > 0.005);
  CHECK(found->suggested_rate < 0.3);
}

TEST_CASE("diagnosis: blocks whose gradient is always 0, but not frozen ones") {
  auto network = digits_network();
  network.layers[0].bias.setConstant(-100);  // no unit of the first layer is ever active
  const Trained dead = train(network, adam(1e-3), 3);
  REQUIRE(has(dead.findings, Verdict::dead_block));
  CHECK_THAT(in_one_line(dead.findings),
             ContainsSubstring("the gradient of 'layers[0].weights', 'layers[0].bias'"));
  CHECK_THAT(in_one_line(dead.findings), ContainsSubstring("was exactly 0 in each of the last 50 steps"));
  auto is_first = [](const BlockInfo& block) { return block.index < 2; };
  const Trained frozen = train(digits_network(), partition(is_first, Freeze{}, adam(1e-3)), 3);
  CHECK_FALSE(has(frozen.findings, Verdict::dead_block));
}

TEST_CASE("diagnosis: half of the units are dead, and only the frequencies of the classes are learned") {
  auto network = digits_network();
  network.layers[0].bias.head(64).setConstant(-100);
  const Trained half = train(network, adam(1e-3), 10);
  CHECK(has(half.findings, Verdict::dead_units));
  CHECK_FALSE(has(half.findings, Verdict::rate_too_high));
  CHECK_FALSE(has(half.findings, Verdict::only_class_frequencies));
  const Trained lost = train(digits_network(), adam(0.32), 10);
  CHECK(has(lost.findings, Verdict::only_class_frequencies));
  const Trained most = train(digits_network(), adam(0.1), 10);
  CHECK(has(most.findings, Verdict::dead_units));
  CHECK(has(most.findings, Verdict::rate_too_high));
}

TEST_CASE("diagnosis: a loss that is not finite") {
  TrainingDiagnosis diagnosis;
  CHECK(diagnosis.findings().empty());
  diagnosis.observe(UpdateReport{.step = 3, .loss = std::nan("")});
  CHECK(to_string(diagnosis.findings()) ==
        "the gradient explodes: the loss or the gradient was not finite at step 3; clip it\n  "
        "(ClipByGlobalNorm), warm up, or lower the rate\n");
}

TEST_CASE("diagnosis: silent if the rule skips what is not finite") {
  TrainingDiagnosis diagnosis;
  diagnosis.observe(
      UpdateReport{.loss = 1, .gradient_norm = std::nan(""), .update_norm = 0, .parameter_norm = 1});
  CHECK(diagnosis.findings().empty());
  diagnosis.observe(
      UpdateReport{.loss = 1, .gradient_norm = std::nan(""), .update_norm = 1, .parameter_norm = 1});
  CHECK(has(diagnosis.findings(), Verdict::exploding_gradient));
}

// The validation loss is lowest after 6 epochs, at 0.85, and then rises for good, while that of training
// falls from 0.2 to 0.001.
TEST_CASE("diagnosis: overfitting if there are few images, not if there are enough") {
  const auto& [all, test] = digits();
  const support::Digits few(all.inputs().leftCols(40), all.targets().head(40));
  auto network = digits_network();
  TrainingDiagnosis diagnosis;
  fit(network, few, Adam{.learning_rate = 0.01},
      {.epochs = 30,
       .batch_size = 8,
       .validation = test,
       .on_epoch = [&](const EpochReport& epoch) { diagnosis.observe(epoch); },
       .progress = Progress::none});
  CAPTURE(to_string(diagnosis.findings()));
  REQUIRE(has(diagnosis.findings(), Verdict::overfitting));
  CHECK_FALSE(has(train(digits_network(), adam(1e-3), 30).findings, Verdict::overfitting));
}

namespace {

/// Regression with noise in its targets: the loss cannot fall below the noise.
Findings train_noisy(std::int64_t batch_size, std::int64_t epochs, double rate, double start = 1) {
  std::mt19937_64 random(5);
  auto uniform = [&] { return 2 * std::ldexp(static_cast<double>(random() >> 11), -53) - 1; };
  const Eigen::MatrixXd inputs = Eigen::MatrixXd::NullaryExpr(3, 400, uniform);
  const Eigen::MatrixXd noise = Eigen::MatrixXd::NullaryExpr(2, 400, uniform);
  Eigen::MatrixXd solution(2, 3);
  solution << 10, -20, 5, 0, 30, -10;
  const Eigen::MatrixXd targets = solution * inputs + noise;
  auto model = zero_regression<double>();
  model.weights.setConstant(start);
  TrainingDiagnosis diagnosis;
  fit(model, Samples{inputs, targets}, Sgd{.learning_rate = rate},
      {.epochs = epochs,
       .batch_size = batch_size,
       .on_update = [&](const UpdateReport& update) { diagnosis.observe(update); },
       .progress = Progress::none});
  return diagnosis.findings();
}

}  // namespace

TEST_CASE("diagnosis: noise of small batches, and a loss that no longer falls without it") {
  const auto small = train_noisy(1, 10, 0.05);
  CAPTURE(to_string(small));
  CHECK(has(small, Verdict::noise_too_large));
  const auto whole = train_noisy(400, 4000, 0.2);
  CAPTURE(to_string(whole));
  CHECK(has(whole, Verdict::stalled));
  CHECK_FALSE(has(whole, Verdict::noise_too_large));
  CHECK(train_noisy(400, 100, 0.05).empty());
}

TEST_CASE("diagnosis: parameters that start at 0, so that any update is long compared with them") {
  CHECK(train_noisy(20, 5, 0.1, 0).empty());
  CHECK(train_noisy(20, 5, 0.01, 0).empty());
  CHECK(has(train_noisy(20, 5, 1e-5, 0), Verdict::rate_too_low));
  const auto lost = train_noisy(20, 5, 3, 0);
  CAPTURE(to_string(lost));
  CHECK(has(lost, Verdict::rate_too_high));
}

TEST_CASE("diagnosis: is a plain value of bounded size, and its text says that nothing is wrong") {
  TrainingDiagnosis diagnosis;
  for (std::int64_t step = 0; step < 100'000; ++step)
    diagnosis.observe(UpdateReport{.step = step,
                                   .loss = 1.0 / static_cast<double>(step + 1),
                                   .learning_rate = 0.1,
                                   .gradient_norm = 1,
                                   .update_norm = 0.1,
                                   .parameter_norm = 100,
                                   .gradient_cosine = 0.3,
                                   .gradient_product = 0.3});
  const TrainingDiagnosis copy = diagnosis;
  CHECK(to_string(copy.findings()) == "nothing conspicuous\n");
}
