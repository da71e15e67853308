// SPDX-License-Identifier: MIT
#include <descent/core/chain.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/fit/fit.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace descent;
using namespace training_test;

namespace {

using Model = Regression<double>;
using Options = FitOptions<Model>;

bool same_bits(const Model& a, const Model& b) { return a.weights == b.weights && a.bias == b.bias; }

/// Returns the numbers of the samples.
struct Numbers {
  std::int64_t count = 0;
  std::int64_t size() const { return count; }
  std::span<const Eigen::Index> batch(std::span<const Eigen::Index> samples) const { return samples; }
};

/// One parameter whose gradient is always 1, and a loss from a script.
template <class Script>
struct Scripted {
  Eigen::VectorXd value = Eigen::VectorXd::Zero(1);
  Script* script = nullptr;
  DESCENT_PARAMETERS(value)

  double loss(std::span<const Eigen::Index> samples, Scripted& gradient) const {
    gradient.value.setOnes();
    return (*script)(samples);
  }
};

const Sgd one_down{.learning_rate = 1};

/// Fits a scripted model; each step takes 1 from its value.
template <class Script>
auto fit_scripted(Script script, std::int64_t samples, FitOptions<Scripted<Script>> options) {
  Scripted<Script> model{.script = &script};
  options.progress = Progress::none;
  const FitResult result = fit(model, Numbers{samples}, one_down, options);
  return std::pair{result, model.value[0]};
}

}  // namespace

TEMPLATE_TEST_CASE("fit: with whole batches and no shuffling it is the loop written by hand, bit for bit", "",
                   float, double) {
  const RegressionData<TestType> data(50);
  const Samples samples{data.inputs, data.targets};
  auto by_fit = zero_regression<TestType>(), by_hand = by_fit;
  const Adam rule{.learning_rate = CosineDecay{.initial = 0.1, .steps = 20}};
  const auto result = fit(by_fit, samples, rule,
                          {.epochs = 20, .batch_size = 50, .shuffle = false, .progress = Progress::none});

  Optimizer optimizer(by_hand, rule);
  auto gradient = zeros_like(by_hand);
  for (int epoch = 0; epoch < 20; ++epoch) {
    const double loss = by_hand.loss(samples.all(), gradient);
    CHECK(result.history[static_cast<std::size_t>(epoch)].training_loss == loss);
    optimizer.step(by_hand, gradient);
  }
  CHECK(by_fit.weights == by_hand.weights);
  CHECK(by_fit.bias == by_hand.bias);
  CHECK(result.status == FitStatus::finished);
  CHECK(result.steps == 20);
}

TEST_CASE("fit: with mini-batches it is the loop over MiniBatches, bit for bit") {
  const RegressionData<double> data(50);
  const Samples samples{data.inputs, data.targets};
  auto by_fit = zero_regression<double>(), by_hand = by_fit;
  fit(by_fit, samples, Adam{}, {.epochs = 3, .batch_size = 16, .seed = 5, .progress = Progress::none});

  Optimizer optimizer(by_hand, Adam{});
  auto gradient = zeros_like(by_hand);
  MiniBatches batches(50, {.batch_size = 16, .seed = 5});
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    batches.start_epoch(epoch);
    for (const auto chosen : batches) {
      by_hand.loss(samples.batch(chosen), gradient);
      optimizer.step(by_hand, gradient);
    }
  }
  CHECK(same_bits(by_fit, by_hand));
}

TEST_CASE("fit: the seed decides the result") {
  const RegressionData<double> data(50);
  auto fitted = [&](std::uint64_t seed) {
    auto model = zero_regression<double>();
    fit(model, Samples{data.inputs, data.targets}, Adam{},
        {.epochs = 2, .batch_size = 8, .seed = seed, .progress = Progress::none});
    return model;
  };
  CHECK(same_bits(fitted(1), fitted(1)));
  CHECK_FALSE(same_bits(fitted(1), fitted(2)));
}

TEST_CASE("fit: goes on with the caller's optimizer, epochs included") {
  const RegressionData<double> data(50);
  const Samples samples{data.inputs, data.targets};
  auto at_once = zero_regression<double>(), in_two = at_once;
  fit(at_once, samples, Adam{}, {.epochs = 5, .batch_size = 16, .progress = Progress::none});
  Optimizer optimizer(in_two, Adam{});
  fit(in_two, samples, optimizer, {.epochs = 2, .batch_size = 16, .progress = Progress::none});
  const auto second =
      fit(in_two, samples, optimizer, {.epochs = 3, .batch_size = 16, .progress = Progress::none});
  CHECK(optimizer.steps() == 20);
  CHECK(second.steps == 12);
  CHECK(same_bits(at_once, in_two));
}

TEST_CASE("fit: the training loss is the mean over samples, with a partial batch or without") {
  auto mean_number = [](std::span<const Eigen::Index> samples) {
    double sum = 0;
    for (const auto k : samples) sum += static_cast<double>(k);
    return sum / static_cast<double>(samples.size());
  };
  const auto [kept, value] = fit_scripted(mean_number, 10, {.epochs = 2, .batch_size = 4, .seed = 1});
  CHECK(kept.steps == 6);
  CHECK(value == -6);
  CHECK(kept.history[0].training_loss == Approx(4.5));
  CHECK(kept.history[1].step == 6);
  const auto [dropped, other] = fit_scripted(
      mean_number, 10, {.epochs = 2, .batch_size = 4, .shuffle = false, .keep_partial_batch = false});
  CHECK(dropped.steps == 4);
  CHECK(other == -4);
  CHECK(dropped.history[0].training_loss == Approx(3.5));
  const auto huge = [](std::span<const Eigen::Index>) { return -1.5e308; };
  const auto [large, last] =
      fit_scripted(huge, 10, {.epochs = 2, .batch_size = 4, .validation = Numbers{10}, .patience = 1});
  CHECK(large.history[0].training_loss == -1.5e308);
  CHECK(large.history[0].validation == -1.5e308);
  CHECK(large.best_epoch == 1);
}

TEST_CASE("fit: validation by a data set, by a metric of the model, and by a metric of nothing") {
  const RegressionData<double> data(50), other(10);
  const Samples samples{data.inputs, data.targets};
  Samples validation{other.inputs, other.targets};
  auto model = zero_regression<double>(), scratch = model;
  const auto by_data = fit(model, samples, Adam{.learning_rate = 0.05},
                           {.epochs = 4, .validation = validation, .progress = Progress::none});
  CHECK(by_data.history.back().validation == Approx(model.loss(validation.all(), scratch)).epsilon(1e-12));
  CHECK(by_data.best_epoch == 4);
  CHECK(by_data.best_metric == by_data.history.back().validation);

  model = zero_regression<double>();
  const auto in_batches = fit(model, samples, Adam{.learning_rate = 0.05},
                              {.epochs = 4,
                               .batch_size = 32,
                               .validation = Samples{other.inputs, other.targets},
                               .progress = Progress::none});
  CHECK(in_batches.history.back().validation == Approx(by_data.history.back().validation));

  model = zero_regression<double>();
  const auto by_metric =
      fit(model, samples, Adam{},
          {.epochs = 2, .validation = [](const Model& m) { return m.bias[0]; }, .progress = Progress::none});
  CHECK(by_metric.history.back().validation == model.bias[0]);
  int calls = 0;
  const auto by_nothing =
      fit(model, samples, Adam{},
          {.epochs = 2, .validation = [&] { return ++calls; }, .progress = Progress::none});
  CHECK(by_nothing.history.back().validation == 2);
  const auto without = fit(model, samples, Adam{}, {.epochs = 2, .progress = Progress::none});
  CHECK(is_nan(without.history.back().validation));
}

TEST_CASE("fit: the loss without a gradient is used for validation if there is one") {
  struct Counting {
    Eigen::VectorXd value = Eigen::VectorXd::Zero(1);
    DESCENT_PARAMETERS(value)
    double loss(std::span<const Eigen::Index>, Counting&) const { return 1; }
    double loss(std::span<const Eigen::Index>) const { return 2; }
  } model;
  const auto result =
      fit(model, Numbers{4}, Sgd{}, {.epochs = 1, .validation = Numbers{3}, .progress = Progress::none});
  CHECK(result.history[0].training_loss == 1);
  CHECK(result.history[0].validation == 2);
}

TEST_CASE("fit: stops early and returns to the parameters of the best epoch") {
  auto scripted = [](std::vector<double> metrics, auto change) {
    auto loss = [](std::span<const Eigen::Index>) { return 1.0; };
    FitOptions<Scripted<decltype(loss)>> options{.epochs = 10, .batch_size = 10, .patience = 2};
    options.validation = [metrics, k = std::size_t{0}]() mutable { return metrics[k++]; };
    change(options);
    return fit_scripted(loss, 10, options);
  };
  const std::vector<double> metrics{5, 4, 3, 3.5, 3.2, 1, 0, 0, 0, 0};
  const auto [result, value] = scripted(metrics, [](auto&) {});
  CHECK(result.status == FitStatus::early_stopped);
  CHECK(result.epochs == 5);
  CHECK(result.best_epoch == 3);
  CHECK(result.best_metric == 3);
  CHECK(value == -3);

  const auto [kept, last] = scripted(metrics, [](auto& options) { options.restore_best = false; });
  CHECK(kept.status == FitStatus::early_stopped);
  CHECK(last == -5);

  const auto [higher, first] =
      scripted({1, 3, 2, 2, 5, 0, 0, 0, 0, 0}, [](auto& options) { options.higher_is_better = true; });
  CHECK(higher.epochs == 4);
  CHECK(first == -2);

  const auto [coarse, second] =
      scripted({5, 4.9, 4.8, 0, 0, 0, 0, 0, 0, 0}, [](auto& options) { options.min_change = 0.5; });
  CHECK(coarse.epochs == 3);
  CHECK(second == -3);  // the best of all, though not an improvement

  const auto [never, end] = scripted({9, 8, 7, 6, 5, 4, 3, 2, 1, 1.5}, [](auto&) {});
  CHECK(never.status == FitStatus::finished);
  CHECK(end == -9);  // even if `patience` was not exhausted

  const auto [off, all] = scripted(metrics, [](auto& options) { options.patience = std::nullopt; });
  CHECK(off.status == FitStatus::finished);
  CHECK(all == -10);
}

TEST_CASE("fit: without validation the training loss decides when to stop") {
  auto loss = [k = 0](std::span<const Eigen::Index>) mutable { return ++k == 2 ? 1.0 : 2.0; };
  const auto [result, value] = fit_scripted(loss, 10, {.epochs = 10, .batch_size = 10, .patience = 3});
  CHECK(result.status == FitStatus::early_stopped);
  CHECK(result.epochs == 5);
  CHECK(value == -2);
}

TEST_CASE("fit: callbacks see every step and epoch, and can stop") {
  auto loss = [](std::span<const Eigen::Index>) { return 1.0; };
  std::vector<StepReport> steps;
  std::vector<EpochReport> epochs;
  const auto [all, value] = fit_scripted(loss, 10,
                                         {.epochs = 2,
                                          .batch_size = 4,
                                          .on_step = [&](const StepReport& at) { steps.push_back(at); },
                                          .on_epoch = [&](const EpochReport& at) { epochs.push_back(at); }});
  CHECK(all.status == FitStatus::finished);
  CHECK(value == -6);
  REQUIRE(steps.size() == 6);
  CHECK(steps[4].epoch == 2);
  CHECK(steps[4].batch == 2);
  CHECK(steps[4].batches == 3);
  CHECK(steps[4].step == 5);
  CHECK(steps[4].learning_rate == 1);
  REQUIRE(epochs.size() == 2);
  CHECK(epochs[1].epoch == 2);
  CHECK(epochs[1].step == 6);
  CHECK(epochs[1].complete);

  const auto [by_step, after_step] = fit_scripted(
      loss, 10, {.epochs = 2, .batch_size = 4, .on_step = [](const StepReport& at) { return at.step == 5; }});
  CHECK(by_step.status == FitStatus::stopped);
  CHECK(after_step == -5);
  CHECK(by_step.epochs == 1);
  REQUIRE(by_step.history.size() == 2);
  CHECK_FALSE(by_step.history[1].complete);

  const auto [by_epoch, after_epoch] = fit_scripted(
      loss, 10,
      {.epochs = 5, .batch_size = 4, .on_epoch = [](const EpochReport& at) { return at.epoch == 2; }});
  CHECK(by_epoch.status == FitStatus::stopped);
  CHECK(by_epoch.epochs == 2);
  CHECK(after_epoch == -6);
}

TEST_CASE("fit: time ends it after a step") {
  auto loss = [](std::span<const Eigen::Index>) { return 1.0; };
  const auto [result, value] = fit_scripted(loss, 10, {.epochs = 5, .batch_size = 4, .max_seconds = 0});
  CHECK(result.status == FitStatus::max_seconds);
  CHECK(result.steps == 1);
  CHECK(value == -1);
}

TEST_CASE("fit: a loss that is not finite is a status, and leaves the last good epoch") {
  auto fails_at = [](int call, double bad) {
    return [k = 0, call, bad](std::span<const Eigen::Index>) mutable { return ++k == call ? bad : 1.0; };
  };
  const double nan = std::nan("");
  const auto [later, value] = fit_scripted(fails_at(8, nan), 10, {.epochs = 5, .batch_size = 4});
  CHECK(later.status == FitStatus::not_finite);
  CHECK(later.epochs == 2);
  CHECK(later.steps == 7);
  CHECK(value == -6);
  REQUIRE(later.history.size() == 3);
  CHECK(is_nan(later.history[2].training_loss));
  CHECK_FALSE(later.history[2].complete);

  const auto [soon, start] =
      fit_scripted(fails_at(2, std::numeric_limits<double>::infinity()), 10, {.epochs = 5, .batch_size = 4});
  CHECK(soon.status == FitStatus::not_finite);
  CHECK(start == 0);

  // With early stopping it is the best epoch, here the first: its loss is lower.
  auto grows = [k = 0.0](std::span<const Eigen::Index>) mutable { return ++k > 3 ? std::nan("") : k; };
  const auto [best, first] = fit_scripted(grows, 4, {.epochs = 5, .batch_size = 4, .patience = 3});
  CHECK(best.status == FitStatus::not_finite);
  CHECK(best.best_epoch == 1);
  CHECK(first == -1);
}

TEST_CASE("fit: parameters that are no longer finite after the last step are found") {
  struct Broken {
    Eigen::VectorXd value = Eigen::VectorXd::Ones(2);
    DESCENT_PARAMETERS(value)
    double loss(std::span<const Eigen::Index>, Broken& gradient) const {
      gradient.value.setConstant(std::nan(""));
      return 1;
    }
  } model;
  const auto result = fit(model, Numbers{4}, Sgd{}, {.epochs = 1, .progress = Progress::none});
  CHECK(result.status == FitStatus::not_finite);
  CHECK(result.epochs == 0);
  CHECK(model.value == Eigen::Vector2d::Ones());
}

TEST_CASE("fit: an exception leaves the parameters after the last whole step") {
  for (const int call : {1, 3}) {
    auto throwing = [k = 0, call](std::span<const Eigen::Index>) mutable {
      if (++k == call) throw Interruption{};
      return 1.0;
    };
    Scripted<decltype(throwing)> model{.script = &throwing};
    CHECK_THROWS_AS(
        fit(model, Numbers{10}, one_down, {.epochs = 5, .batch_size = 4, .progress = Progress::none}),
        Interruption);
    CHECK(model.value[0] == 1 - call);
  }
}

TEST_CASE("fit: options out of range are named, and nothing changes") {
  const RegressionData<double> data(5);
  auto message = [&](Options options, Eigen::Index samples = 5) {
    options.progress = Progress::none;
    auto model = zero_regression<double>();
    const auto text = message_of([&] {
      fit(model, Samples{data.inputs.leftCols(samples), data.targets.leftCols(samples)}, Adam{}, options);
    });
    CHECK(same_bits(model, zero_regression<double>()));
    return text;
  };
  CHECK(message({.epochs = -1}) == "descent: fit: epochs is -1, must be at least 0 and finite");
  CHECK(message({.batch_size = 0}) == "descent: fit: batch_size is 0, must be at least 1 and finite");
  CHECK(message({.patience = 0}) == "descent: fit: patience is 0, must be at least 1 and finite");
  CHECK(message({.min_change = -0.5}) == "descent: fit: min_change is -0.5, must be at least 0 and finite");
  CHECK(message({.max_seconds = -1}) == "descent: fit: max_seconds is -1, must be at least 0 and finite");
  CHECK(message({.higher_is_better = true}) ==
        "descent: fit: higher_is_better is set, but there is no validation metric");
  CHECK(message({}, 0) == "descent: fit: the data set is empty");
  CHECK(message({.batch_size = 8, .keep_partial_batch = false}) ==
        "descent: fit: batch_size is 8, but there are only 5 samples and partial batches are dropped");
  CHECK(message_of([&] {
          const Options options{.validation = Samples{data.inputs.leftCols(0), data.targets.leftCols(0)}};
          CHECK_FALSE(static_cast<bool>(options.validation));
        }) == "descent: validation: the data set is empty");
  CHECK(message({.epochs = 0}).empty());
}

TEST_CASE("fit: parameters without a member loss, and a loss as a function") {
  const RegressionData<double> data(50);
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(2, 3);
  Eigen::VectorXd bias = Eigen::VectorXd::Zero(2);
  auto model =
      with_loss(std::tie(weights, bias), [](const auto& parameters, const auto& batch, auto& gradient) {
        const auto& [w, b] = parameters;
        auto& [dw, db] = gradient;
        const auto n = static_cast<double>(batch.size());
        const Eigen::MatrixXd error = ((w * batch.inputs).colwise() + b) - batch.targets;
        dw += 2 / n * error * batch.inputs.transpose();
        db += 2 / n * error.rowwise().sum();
        return error.squaredNorm() / n;
      });
  auto reference = zero_regression<double>();
  const auto result =
      fit(model, Samples{data.inputs, data.targets}, Adam{.learning_rate = 0.05},
          {.epochs = 200, .validation = Samples{data.inputs, data.targets}, .progress = Progress::none});
  fit(reference, Samples{data.inputs, data.targets}, Adam{.learning_rate = 0.05},
      {.epochs = 200, .progress = Progress::none});
  CHECK(result.history.back().validation < 1e-3);
  CHECK((weights - reference.weights).norm() < 1e-9);
  CHECK((bias - reference.bias).norm() < 1e-9);
}

TEST_CASE("fit: the result as text") {
  auto loss = [](std::span<const Eigen::Index>) { return 0.5; };
  const auto [result, value] = fit_scripted(loss, 10, {.epochs = 2, .batch_size = 4});
  CHECK_THAT(to_string(result),
             Catch::Matchers::ContainsSubstring("finished all epochs; best epoch 1 (0.5) of 2, 6 steps, "));
  CHECK(std::string(to_string(FitStatus::early_stopped)) ==
        "stopped early: validation no longer gets better");
}
