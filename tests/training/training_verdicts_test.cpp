// SPDX-License-Identifier: MIT
// The diagnosis must report each verdict when it applies, and nothing when none does.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/diagnose/training_diagnosis.hpp>
#include <descent/training/observe/update_observer.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;

namespace {

using Findings = std::vector<Finding>;

std::optional<Finding> find(const Findings& findings, Verdict verdict) {
  for (const Finding& finding : findings)
    if (finding.verdict == verdict) return finding;
  return {};
}
bool has(const Findings& findings, Verdict verdict) { return find(findings, verdict).has_value(); }

/// A step without problems.
UpdateReport good_step(std::int64_t step) {
  return {.step = step,
          .loss = 2 / (1 + 0.05 * static_cast<double>(step)),
          .learning_rate = 0.01,
          .gradient_norm = 1,
          .update_norm = 0.03,
          .parameter_norm = 10,
          .gradient_cosine = 0.1,
          .gradient_product = step % 2 == 0 ? 0.3 : -0.2};
}

/// The findings after some steps, each a good one modified by `change`.
Findings after(std::int64_t steps, const std::function<void(UpdateReport&)>& change) {
  TrainingDiagnosis diagnosis;
  for (std::int64_t step = 0; step < steps; ++step) {
    UpdateReport report = good_step(step);
    change(report);
    diagnosis.observe(report);
  }
  return diagnosis.findings();
}

/// Regression from 0, whose inputs are `scale` times as large, with the gradient times `sign`.
template <class R>
Findings train_regression(const R& rule, std::int64_t steps, double scale = 1, double sign = 1,
                          double shift = 0) {
  std::mt19937_64 random(3);
  auto uniform = [&] { return 2 * std::ldexp(static_cast<double>(random() >> 11), -53) - 1; };
  auto model = zero_regression<double>();
  auto gradient = model;
  Optimizer optimizer(model, rule);
  UpdateObserver observer(model);
  TrainingDiagnosis diagnosis;
  Eigen::MatrixXd solution(2, 3);
  solution << 1, -2, 0.5, 0, 3, -1;
  struct {
    Eigen::MatrixXd inputs, targets;
  } batch;
  for (std::int64_t step = 0; step < steps; ++step) {
    batch.inputs = Eigen::MatrixXd::NullaryExpr(3, 32, uniform).array() + shift;
    batch.targets = solution * batch.inputs;
    batch.inputs *= scale;
    const double loss = model.loss(batch, gradient);
    gradient.weights *= sign;
    gradient.bias *= sign;
    diagnosis.observe(observer.step(optimizer, model, gradient, loss));
  }
  return diagnosis.findings();
}

}  // namespace

TEST_CASE("verdicts: a good run is silent") {
  CHECK(after(600, [](UpdateReport&) {}).empty());
}

TEST_CASE("verdicts: a model that begins at 0, at rates too low, good and too high") {
  for (const double rate : {1e-6, 1e-4}) {
    CAPTURE(rate);
    const auto low = find(train_regression(Sgd{.learning_rate = rate}, 200), Verdict::rate_too_low);
    REQUIRE(low.has_value());
    CHECK(low->suggested_rate > rate);
    CHECK(low->began == 0);
    CHECK_THAT(low->evidence, ContainsSubstring("% of the way from 0 is straight"));
    CHECK(has(train_regression(Adam{.learning_rate = rate}, 200), Verdict::rate_too_low));
  }
  CHECK(train_regression(Sgd{.learning_rate = 0.1}, 200).empty());
  CHECK(train_regression(Adam{.learning_rate = 0.03}, 200).empty());
  // By then the steps of Adam have recovered.
  for (const auto& findings :
       {train_regression(Sgd{.learning_rate = 10}, 200), train_regression(Adam{.learning_rate = 10}, 65)}) {
    CAPTURE(to_string(findings));
    const auto high = find(findings, Verdict::rate_too_high);
    REQUIRE(high.has_value());
    CHECK(high->suggested_rate < 10);
  }
}

TEST_CASE("verdicts: never to lower the rate while the loss is near its start and updates are tiny") {
  for (const double noise : {0.0, 0.05, 0.3, 1.0})
    for (const double product : {-0.5, 0.0, 0.5}) {
      std::mt19937_64 random(1);
      const Findings findings = after(600, [&](UpdateReport& report) {
        report.loss = 2.3 + noise * (std::ldexp(static_cast<double>(random() >> 11), -53) - 0.5);
        report.update_norm = 1e-6;
        report.learning_rate = 1e-7;
        report.gradient_product = product;
      });
      CAPTURE(noise, product, to_string(findings));
      CHECK_FALSE(has(findings, Verdict::rate_too_high));
      CHECK_FALSE(has(findings, Verdict::noise_too_large));
      for (const Finding& finding : findings) CHECK(finding.advice.find("lower") == std::string::npos);
    }
}

TEST_CASE("verdicts: a suggested rate is below those in use if they are too high, and above if too low") {
  for (const double rate : {1e-6, 1e-3, 1.0}) {
    const auto high = find(after(300,
                                 [&](UpdateReport& report) {
                                   report.learning_rate = rate;
                                   report.update_norm =
                                       0.11;  // of 10: from the length of steps, a third of the learning rate
                                   report.loss = 1 + 0.01 * static_cast<double>(report.step);
                                 }),
                           Verdict::rate_too_high);
    REQUIRE(high.has_value());
    CHECK(high->suggested_rate < rate);
    const auto low = find(after(300,
                                [&](UpdateReport& report) {
                                  report.learning_rate = rate;
                                  report.update_norm = 0.001;
                                  report.loss = 2 - 1e-3 * static_cast<double>(report.step);
                                  report.gradient_product = 0.9;
                                }),
                          Verdict::rate_too_low);
    REQUIRE(low.has_value());
    CHECK(low->suggested_rate > rate);
  }
}

TEST_CASE("verdicts: the loss of a rate too low is said to be higher if it is") {
  const auto low = find(after(300,
                              [](UpdateReport& report) {
                                report.update_norm = 1e-5;
                                report.loss = report.step == 0 ? 2.26 : 2.36;
                                report.gradient_product = 0.9 + 0.01 * static_cast<double>(report.step % 3);
                              }),
                        Verdict::rate_too_low);
  REQUIRE(low.has_value());
  CHECK_THAT(low->evidence, ContainsSubstring("the loss is 2.36 after 2.26 at first"));
  CHECK_THAT(low->evidence, !ContainsSubstring("only"));
}

TEST_CASE("verdicts: the step at which a rise began") {
  const auto high = find(after(640,
                               [](UpdateReport& report) {
                                 if (report.step >= 320)
                                   report.loss = 0.2 + 0.01 * static_cast<double>(report.step - 320);
                                 report.update_norm = 0.3;
                               }),
                         Verdict::rate_too_high);
  REQUIRE(high.has_value());
  CHECK(high->began >= 300);
  CHECK(high->began <= 340);
  CHECK_THAT(high->evidence, ContainsSubstring("since step " + std::to_string(high->began)));
  const auto dead = find(after(200,
                               [](UpdateReport& report) {
                                 const double norm = report.step < 120 ? 1 : 0;
                                 report.blocks = {{.path = "a", .elements = 3, .gradient_norm = norm}};
                               }),
                         Verdict::dead_block);
  REQUIRE(dead.has_value());
  CHECK(dead->began == 120);
}

TEST_CASE("verdicts: a loss that is not finite after few steps comes from the rate, if steps were long") {
  const auto fails_at_4 = [](double update) {
    return after(5, [&](UpdateReport& report) {
      report.update_norm = update;
      report.loss = report.step < 4 ? 2 : std::nan("");
    });
  };
  const auto high = find(fails_at_4(20), Verdict::rate_too_high);
  REQUIRE(high.has_value());
  CHECK(high->suggested_rate < 0.01);
  CHECK_FALSE(has(fails_at_4(0.01), Verdict::rate_too_high));
  CHECK(has(fails_at_4(0.01), Verdict::exploding_gradient));
}

TEST_CASE("verdicts: a gradient of the wrong sign, not one of the right sign at a rate too high") {
  const auto wrong = find(train_regression(Sgd{.learning_rate = 0.001}, 300, 1, -1), Verdict::wrong_sign);
  REQUIRE(wrong.has_value());
  CHECK(wrong->began == 0);
  CHECK_THAT(wrong->advice, ContainsSubstring("check_gradient"));
  CHECK(std::isnan(wrong->suggested_rate));
  for (const double rate : {0.001, 0.1, 1.0, 3.0, 10.0}) {
    CAPTURE(rate);
    CHECK_FALSE(has(train_regression(Sgd{.learning_rate = rate}, 300), Verdict::wrong_sign));
    CHECK_FALSE(has(train_regression(Sgd{.learning_rate = rate, .momentum = 0.9}, 300), Verdict::wrong_sign));
    CHECK_FALSE(has(train_regression(Adam{.learning_rate = rate}, 300), Verdict::wrong_sign));
  }
}

namespace {
/// 300 steps of a layer of ten units of which `dead` are silent; if `paired`, so are their weights.
Findings with_dead_units(std::int64_t dead, bool paired) {
  return after(300, [&](UpdateReport& report) {
    const std::int64_t silent = report.step >= 200 ? dead : 0;
    report.blocks = {{.path = "weights",
                      .elements = 30,
                      .gradient_norm = 1,
                      .rows = 10,
                      .columns = 3,
                      .silent_rows = paired ? silent : 0},
                     {.path = "bias",
                      .elements = 10,
                      .gradient_norm = 1,
                      .rows = 10,
                      .columns = 1,
                      .silent_rows = silent}};
  });
}
}  // namespace

TEST_CASE("verdicts: the share of dead units") {
  const auto dead = find(with_dead_units(4, true), Verdict::dead_units);
  REQUIRE(dead.has_value());
  CHECK_THAT(dead->evidence, ContainsSubstring("4 of 10 units (40 %)"));
  CHECK(dead->began == 1);
  CHECK_FALSE(has(with_dead_units(2, true), Verdict::dead_units));
  CHECK_FALSE(has(with_dead_units(0, true), Verdict::dead_units));
  // Rare inputs of a linear model look the same, and so do the words of a table.
  CHECK_FALSE(has(with_dead_units(4, false), Verdict::dead_units));
}

TEST_CASE("verdicts: the observer counts rows and columns without gradient") {
  auto model = zero_regression<double>();
  auto gradient = model;
  Optimizer optimizer(model, Sgd{.learning_rate = 0.1});
  UpdateObserver observer(model);
  gradient.weights.setOnes();
  gradient.weights.col(1).setZero();
  gradient.bias << 1, 0;
  for (int step = 0; step < 199; ++step) observer.step(optimizer, model, gradient, 1);
  CHECK(observer.report().blocks[0].silent_columns == 0);
  observer.step(optimizer, model, gradient, 1);
  CHECK(observer.report().blocks[0].rows == 2);
  CHECK(observer.report().blocks[0].columns == 3);
  CHECK(observer.report().blocks[0].silent_columns == 1);
  CHECK(observer.report().blocks[0].silent_rows == 0);
  CHECK(observer.report().blocks[1].silent_rows == 1);
  gradient.weights(0, 1) = 1;
  observer.step(optimizer, model, gradient, 1);
  CHECK(observer.report().blocks[0].silent_columns == 0);
}

TEST_CASE("verdicts: inputs that are not normalised") {
  const auto large =
      find(train_regression(Adam{.learning_rate = 0.01}, 100, 255, 1, 1), Verdict::inputs_not_normalised);
  REQUIRE(large.has_value());
  CHECK_THAT(large->evidence, ContainsSubstring("'weights'"));
  CHECK_FALSE(has(train_regression(Adam{.learning_rate = 0.01}, 100), Verdict::inputs_not_normalised));
  CHECK_FALSE(
      has(train_regression(Adam{.learning_rate = 0.01}, 100, 3, 1, 1), Verdict::inputs_not_normalised));

  const auto measured = [](const Eigen::MatrixXd& inputs) {
    TrainingDiagnosis diagnosis;
    diagnosis.observe_inputs(inputs);
    for (std::int64_t step = 0; step < 100; ++step) diagnosis.observe(good_step(step));
    return has(diagnosis.findings(), Verdict::inputs_not_normalised);
  };
  Eigen::MatrixXd inputs = Eigen::MatrixXd::Random(3, 200);
  CHECK_FALSE(measured(inputs));
  CHECK_FALSE(measured(10 * inputs));
  CHECK(measured((inputs.array() + 200).matrix()));
  inputs.row(1).setZero();  // an input that never changes is harmless
  CHECK_FALSE(measured(inputs));
  inputs.row(1) = 1e-4 * inputs.row(0);
  CHECK(measured(inputs));
}

TEST_CASE("verdicts: clipping at every step") {
  const auto clip = [](double norm) {
    return ClipByGlobalNorm{.max_norm = norm} | Sgd{.learning_rate = 0.1};
  };
  const auto always = find(train_regression(clip(1e-6), 300), Verdict::always_clipped);
  REQUIRE(always.has_value());
  CHECK(always->began == 0);
  CHECK_THAT(always->evidence, ContainsSubstring("max_norm = 1e-06"));
  CHECK(has(train_regression(SkipNonFinite{} | clip(1e-6), 300), Verdict::always_clipped));
  CHECK_FALSE(has(train_regression(clip(1), 300), Verdict::always_clipped));  // the first steps only
  CHECK_FALSE(has(train_regression(Sgd{.learning_rate = 0.1}, 300), Verdict::always_clipped));
  const auto often =
      after(600, [](UpdateReport& report) { report.clip_norm = report.step % 100 == 99 ? 2 : 0.5; });
  CHECK_FALSE(has(often, Verdict::always_clipped));
}

namespace {
/// A loss that stays at `level`, of a model whose last bias has ten elements.
Findings staying_at(double level, double first, const std::vector<std::int64_t>& counts = {}) {
  TrainingDiagnosis diagnosis;
  if (!counts.empty()) diagnosis.observe_class_counts(counts);
  for (std::int64_t step = 0; step < 400; ++step) {
    UpdateReport report = good_step(step);
    report.loss = step < 40 ? first + (level - first) * static_cast<double>(step) / 40
                            : level + 0.01 * std::sin(static_cast<double>(step * step));
    report.blocks = {{.path = "bias", .elements = 10, .gradient_norm = 1, .rows = 10, .columns = 1}};
    diagnosis.observe(report);
  }
  return diagnosis.findings();
}
}  // namespace

TEST_CASE("verdicts: only the frequencies of the classes are learned") {
  const auto guess = find(staying_at(std::log(10), 3), Verdict::only_class_frequencies);
  REQUIRE(guess.has_value());
  CHECK(guess->began > 0);
  CHECK(guess->began < 100);
  CHECK_THAT(guess->evidence, ContainsSubstring("10 classes"));
  CHECK_FALSE(has(staying_at(2, 3), Verdict::only_class_frequencies));
  CHECK_FALSE(has(staying_at(std::log(10), 0.3), Verdict::only_class_frequencies));
  const std::vector<std::int64_t> counts{90, 10};
  CHECK(has(staying_at(0.325, 0.7, counts), Verdict::only_class_frequencies));
  CHECK_FALSE(has(staying_at(std::log(10), 3, counts), Verdict::only_class_frequencies));
}

namespace {
Findings after_epochs(const std::vector<double>& training, const std::vector<double>& validation) {
  TrainingDiagnosis diagnosis;
  for (std::size_t k = 0; k < training.size(); ++k)
    diagnosis.observe(EpochReport{.epoch = static_cast<std::int64_t>(k + 1),
                                  .step = static_cast<std::int64_t>(10 * (k + 1)),
                                  .training_loss = training[k],
                                  .validation = validation[k]});
  return diagnosis.findings();
}
}  // namespace

TEST_CASE("verdicts: a gap between training and validation that does not rise") {
  const std::vector<double> training{2, 1, 0.5, 0.2, 0.1, 0.1, 0.05, 0.05, 0.04, 0.03};
  const auto gap =
      find(after_epochs(training, {2, 1.5, 1.2, 1.1, 1, 1, 1, 1, 1, 1}), Verdict::validation_gap);
  REQUIRE(gap.has_value());
  CHECK_THAT(gap->evidence, ContainsSubstring("since epoch 4 "));
  CHECK(gap->began == 40);
  CHECK(after_epochs(training, {1.8, 1, 0.6, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2}).empty());
  CHECK(after_epochs(training, {0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1})
            .empty());  // a share of errors
  const auto risen = after_epochs(training, {2, 1.5, 1, 1.1, 1.3, 1.5, 1.7, 1.9, 2.1, 2.3});
  CHECK(has(risen, Verdict::overfitting));
  CHECK_FALSE(has(risen, Verdict::validation_gap));
}
